/** What of the package mysql2 is used here. Its own types want those of Node, which stand against Deno's. */

/** A value of a row, as it is handed to `typeCast`. */
export interface Field {
  readonly type: string;
  string(encoding?: "utf8"): string | null;
  buffer(): Uint8Array | null;
}

export interface Query {
  on(event: "error", listener: (error: Error) => void): this;
  /** `undefined` where the statement gives no rows. */
  on(event: "fields", listener: (fields: unknown) => void): this;
  on(event: "result", listener: (row: unknown) => void): this;
  on(event: "end", listener: () => void): this;
}

export interface Connection {
  /** Its number at the server; null before it is connected. */
  readonly threadId: number | null;
  connect(done: (error: Error | null) => void): void;
  query(sql: string, done: (error: Error | null, found: unknown) => void): Query;
  query(options: {
    readonly sql: string;
    readonly rowsAsArray: true;
    readonly typeCast: (field: Field) => string | null;
  }): Query;
  on(event: "error", listener: (error: unknown) => void): this;
  once(event: "end", listener: () => void): this;
  pause(): void;
  resume(): void;
  destroy(): void;
  readonly stream: { destroy(): void };
}

/** Begins to connect. */
export function createConnection(config: {
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly charset: string;
  readonly connectTimeout: number;
  readonly enableKeepAlive: boolean;
  readonly multipleStatements: boolean;
  readonly ssl?: object;
}): Connection;
