/** The SQL beside the data: tables, indexes, functions that recommend, and the swap. */
import type { Index } from "./limits.ts";

/** What the scripts are made for. */
export interface SqlOptions {
  /** The schema that answers; `_next` and `_previous` are beside it. Letters, digits and _ alone. */
  readonly schema: string;
  /** Dimensions of the vectors. */
  readonly columns: number;
  readonly index: Index;
  /** Digest of the model. */
  readonly model: string;
}

/** The tables in the order of loading, each with its columns. */
export const TABLES = {
  items: "index, id, name, brand, attributes, buyers, factors",
  users: "index, id, factors",
  seen: "user_index, item_index, quantity",
} as const;

/** How the comment of a schema begins that these scripts made: no other is touched. */
const MARK = "A recommender model: ";

/** All of it by psql, in one transaction: `psql -f load.sql` in the folder. */
export function loadSql({ schema }: SqlOptions): string {
  const copies = Object.entries(TABLES).map(([table, columns]) =>
    `\\copy ${schema}_next.${table} (${columns}) FROM '${table}.copy' WITH (ENCODING 'UTF8')`
  );
  return `-- psql -f load.sql, in this folder. One transaction: whatever fails, the database is as it was.
\\set ON_ERROR_STOP on
BEGIN;
\\ir schema.sql
${copies.join("\n")}
\\ir index.sql
\\ir swap.sql
COMMIT;
`;
}

/** Tables of the next model, empty. */
export function schemaSql({ schema, columns, index, model }: SqlOptions): string {
  const next = `${schema}_next`;
  // An index that goes on where a filter leaves too few came with 0.8.
  const pgvector = index === "none" ? "0.5.0" : "0.8.0";
  return `-- Two loads at once take turns, where this runs in a transaction.
SELECT pg_advisory_xact_lock(hashtext('${schema}'));
CREATE EXTENSION IF NOT EXISTS vector;

DO $$
BEGIN
  IF current_setting('server_encoding') <> 'UTF8' THEN
    RAISE EXCEPTION 'The encoding of this database is %, not UTF8', current_setting('server_encoding')
      USING HINT = 'Load into a database that was created with ENCODING UTF8.';
  END IF;
  IF current_setting('server_version_num')::integer < 140000 THEN
    RAISE EXCEPTION 'This is PostgreSQL %, and the functions need 14', current_setting('server_version');
  END IF;
  IF (SELECT string_to_array(extversion, '.')::integer[] FROM pg_extension WHERE extname = 'vector')
    < string_to_array('${pgvector}', '.')::integer[] THEN
    RAISE EXCEPTION 'pgvector is older than ${pgvector}, which the functions need'
      USING HINT = 'Update it: ALTER EXTENSION vector UPDATE.';
  END IF;
  -- Said before the tables are filled; the swap asks again.
  ${refuseForeign(schema)}
END $$;

${dropSql(next)}
CREATE SCHEMA ${next};
COMMENT ON SCHEMA ${next} IS '${MARK}${model}';

CREATE TABLE ${next}.items (
  index integer NOT NULL,
  id text COLLATE "C" NOT NULL,
  name text,
  brand text,
  attributes jsonb NOT NULL,
  -- How many users bought it.
  buyers integer NOT NULL,
  factors vector(${columns}) NOT NULL
);
CREATE TABLE ${next}.users (
  index integer NOT NULL,
  id text COLLATE "C" NOT NULL,
  factors vector(${columns}) NOT NULL
);
-- What each user bought: lists leave it out.
CREATE TABLE ${next}.seen (
  user_index integer NOT NULL,
  item_index integer NOT NULL,
  quantity real NOT NULL
);
`;
}

/** Keys, indexes and functions, once the tables are full. */
export function indexSql({ schema, columns, index }: SqlOptions): string {
  const next = `${schema}_next`;
  const [factors, class_] = index === "halfvec"
    ? [`(factors::halfvec(${columns}))`, "halfvec_ip_ops"]
    : ["factors", "vector_ip_ops"];
  const hnsw = index === "none"
    ? ""
    : `CREATE INDEX items_by_factors ON ${next}.items USING hnsw (${factors} ${class_});\n`;
  const fast = index === "none" ? "" : "\n" + fastSql(next, columns, index);
  return `ALTER TABLE ${next}.items ADD PRIMARY KEY (index), ADD UNIQUE (id);
ALTER TABLE ${next}.users ADD PRIMARY KEY (index), ADD UNIQUE (id);
ALTER TABLE ${next}.seen ADD PRIMARY KEY (user_index, item_index);
CREATE INDEX items_by_buyers ON ${next}.items (buyers DESC, index);
${hnsw}ANALYZE ${next}.items, ${next}.users, ${next}.seen;

${exactSql(next)}${fast}`;
}

/** Lets the next model answer; the one that answered is kept as the previous one. */
export function swapSql({ schema }: SqlOptions): string {
  const [next, previous] = [`${schema}_next`, `${schema}_previous`];
  return `-- Who may read the present tables may read the next ones.
DO $$
DECLARE
  may record;
BEGIN
  FOR may IN
    SELECT nspname AS "table", 'USAGE ON SCHEMA' AS what, '${next}' AS "on", acl.*
    FROM pg_namespace, aclexplode(nspacl) AS acl
    WHERE nspname = '${schema}' AND privilege_type = 'USAGE'
    UNION ALL
    SELECT relname, 'SELECT ON TABLE', '${next}.' || relname, acl.*
    FROM pg_class, aclexplode(relacl) AS acl
    WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = '${schema}')
      AND relname IN (${Object.keys(TABLES).map((table) => `'${table}'`).join(", ")})
      AND privilege_type = 'SELECT'
  LOOP
    EXECUTE format('GRANT %s %s TO %s', may.what, may."on",
      CASE WHEN may.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(may.grantee)) END);
  END LOOP;
END $$;

${dropSql(previous)}
DO $$
BEGIN
  ${refuseForeign(schema)}
  IF EXISTS (SELECT FROM pg_namespace WHERE nspname = '${schema}') THEN
    ALTER SCHEMA "${schema}" RENAME TO ${previous};
  END IF;
END $$;
ALTER SCHEMA ${next} RENAME TO "${schema}";
`;
}

/** Without CASCADE: what others built on it, or put into it, ends the load instead of being dropped. */
function dropSql(schema: string): string {
  const tables = Object.keys(TABLES).map((table) => `${schema}.${table}`).join(", ");
  return `DO $$
BEGIN
  ${refuseForeign(schema)}
END $$;
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_namespace WHERE nspname = '${schema}') THEN
    DROP FUNCTION IF EXISTS ${schema}.recommend, ${schema}.recommend_fast;
    DROP TABLE IF EXISTS ${tables};
    DROP SCHEMA ${schema};
  END IF;
END $$;`;
}

function refuseForeign(schema: string): string {
  return `IF EXISTS (
    SELECT FROM pg_namespace WHERE nspname = '${schema}'
      AND coalesce(obj_description(oid, 'pg_namespace'), '') NOT LIKE '${MARK}%'
  ) THEN
    RAISE EXCEPTION 'The schema ${schema} is none that holds a recommender model'
      USING HINT = 'Export with --schema NAME, another name.';
  END IF;`;
}

const SIGNATURE = `(
  customer text, n integer DEFAULT 5, only_brands text[] DEFAULT NULL, only_attributes jsonb DEFAULT NULL
) RETURNS TABLE (
  rank integer, kind text, id text, name text, brand text, attributes jsonb, score double precision
) LANGUAGE sql STABLE`;

/** How many more than asked for get their score in float64: float32 may have swapped neighbours. */
const MARGIN = 20;

/** The list of the recommender: as exact as its own, with the same scores. */
function exactSql(next: string): string {
  // A sum is no expression of the index, which approximates.
  const order = "(i.factors <#> (SELECT factors FROM known)) + 0, i.index";
  return `-- Every item is compared: the recommender's own list.
${functionSql(next, "recommend", order, "PARALLEL SAFE")}`;
}

/** By the index: some of the best may be missing. */
function fastSql(next: string, columns: number, index: Index): string {
  const cast = index === "halfvec" ? `::halfvec(${columns})` : "";
  const order = `i.factors${cast} <#> (SELECT factors${cast} FROM known)`;
  // The index goes on where what was bought, or filtered, leaves too few.
  return `-- By the index: quick where there are many items, and some of the best may be missing.
${functionSql(next, "recommend_fast", order, "SET hnsw.iterative_scan = strict_order")}`;
}

/** Candidates by float32, their scores by float64; popular items for who has bought nothing. */
function functionSql(next: string, name: string, order: string, options: string): string {
  return `CREATE FUNCTION ${next}.${name} ${SIGNATURE} ${options}
BEGIN ATOMIC
  WITH known AS (
    SELECT u.index, u.factors FROM ${next}.users AS u
    WHERE u.id = customer AND EXISTS (SELECT FROM ${next}.seen WHERE user_index = u.index)
  ), near AS MATERIALIZED (
    SELECT i.index, i.factors FROM ${next}.items AS i
    WHERE EXISTS (SELECT FROM known)
      AND i.index NOT IN (
        SELECT item_index FROM ${next}.seen WHERE user_index = (SELECT index FROM known)
      )
      AND ${passes(name)}
    ORDER BY ${order}
    LIMIT ${name}.n + ${MARGIN}
  ), scored AS (
    SELECT 'personalized' AS kind, near.index, (
        SELECT sum(a::double precision * b::double precision ORDER BY place)
        FROM unnest((SELECT factors FROM known)::real[], near.factors::real[])
          WITH ORDINALITY AS t (a, b, place)
      ) AS score
    FROM near
    UNION ALL (
      SELECT 'popular', i.index, i.buyers::double precision
      FROM ${next}.items AS i
      WHERE NOT EXISTS (SELECT FROM known) AND i.buyers > 0
        AND ${passes(name)}
      ORDER BY i.buyers DESC, i.index
      LIMIT ${name}.n
    )
  ), best AS (
    SELECT row_number() OVER (ORDER BY score DESC, index)::integer AS rank, kind, index, score
    FROM scored ORDER BY score DESC, index LIMIT ${name}.n
  )
  SELECT best.rank, best.kind, i.id, i.name, i.brand, i.attributes, best.score
  FROM best JOIN ${next}.items AS i USING (index)
  ORDER BY best.rank;
END;
`;
}

/** What filters let an item `i` in, as those of the recommender do. */
function passes(of: string): string {
  return `(only_brands IS NULL OR i.brand = ANY (only_brands))
      AND (only_attributes IS NULL OR NOT EXISTS (
        SELECT FROM jsonb_each(${of}.only_attributes) AS wanted (name, allowed)
        WHERE NOT coalesce(allowed ? (i.attributes ->> wanted.name), false)
      ))`;
}
