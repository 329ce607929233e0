/** What is asked of a database, and what takes the rows. */

/** Takes the rows of one question as they come. */
export interface Sink {
  /** Before the first row. Throws `TypeError` where the names are not those of a table. */
  open(columns: readonly string[]): void;
  /** A value for each column, null where there is none. Throws where it cannot be written. */
  add(row: readonly (string | null)[]): void;
}

export interface Question {
  /** The config's key, for messages. */
  readonly key: string;
  /** The key of the database's url. */
  readonly url: string;
  readonly sql: string;
  readonly sink: Sink;
}
