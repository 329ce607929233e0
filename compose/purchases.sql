-- Run by PostgreSQL's image when its volume is new: the table that compose/pipeline.json reads, with
-- the purchases of the sample shop, which the service `sample` has written.
CREATE TABLE purchases (
  user_id_hash      text        NOT NULL,
  ordered_at        timestamptz NOT NULL,
  quantity          integer     NOT NULL, -- returns are negative
  catalog_item_id   text        NOT NULL,
  catalog_item_name text        NOT NULL,
  brand_name        text        NOT NULL,
  category          text        NOT NULL
);
-- The sample is a file as shops have them: its last line breaks off, and some values are none.
CREATE TEMPORARY TABLE lines (
  user_id_hash text, ordered_at text, quantity text, catalog_item_id text,
  catalog_item_name text, brand_name text, category text
);
COPY lines FROM PROGRAM 'head -n -1 /sample/sample.csv' (FORMAT csv, HEADER);
INSERT INTO purchases
SELECT user_id_hash, ordered_at::timestamptz, quantity::integer, catalog_item_id,
  catalog_item_name, brand_name, category
FROM lines
WHERE user_id_hash IS NOT NULL AND catalog_item_id IS NOT NULL
  AND quantity ~ '^-?[0-9]+$' AND ordered_at NOT LIKE '%-02-30T%';
-- Training has a user of its own, who reads this table and nothing else.
\getenv password RECOMMENDER_PGPASSWORD
CREATE ROLE recommender LOGIN PASSWORD :'password';
GRANT SELECT ON purchases TO recommender;
