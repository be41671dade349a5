-- Plants whose devices are asked for.
select id from voke.plant where is_present order by id
