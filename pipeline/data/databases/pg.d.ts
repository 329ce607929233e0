/** What of the package pg is used here. Its own types want those of Node, which stand against Deno's. */

/** One statement, and how it is asked. */
export interface Statement {
  readonly text: string;
  /** extended: the server takes no second statement behind it. */
  readonly queryMode?: "extended";
  /** A row as a list, not as an object. */
  readonly rowMode?: "array";
  readonly types?: { getTypeParser(type: number): (value: string) => string };
}

export interface Result {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
  /** With `rowMode` "array", and a parser of texts to texts. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** A connection. */
declare class Client {
  constructor(config: {
    readonly host: string;
    readonly port: number;
    readonly user: string | undefined;
    readonly password: string | undefined;
    readonly database: string | undefined;
    readonly ssl: false | object;
    readonly application_name: string;
    readonly connectionTimeoutMillis: number;
    readonly keepAlive: boolean;
  });
  connect(): Promise<void>;
  query(statement: string | Statement): Promise<Result>;
  on(event: "error", listener: (error: Error) => void): this;
  /** Ends the connection; where a statement runs, at once. */
  end(): Promise<void>;
}

declare const pg: { readonly Client: typeof Client };
export type { Client };
export default pg;
