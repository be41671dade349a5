-- name: landing/fetches_known
-- Which of some objects of the archive the ledger knows.
select distinct object_key
from landing."fetch"
where object_key = any(%(object_keys)s) and fetched_at >= %(since)s and fetched_at <= %(until)s;
