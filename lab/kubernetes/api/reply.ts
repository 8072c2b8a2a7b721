/** What a handler answers; the server writes it. */
export type Reply = JsonReply | TextReply | StreamReply;

export interface JsonReply {
  type: 'json';
  status: number;
  body: object;
  warnings?: string[];
}

export interface TextReply {
  type: 'text';
  status: number;
  text: string;
}

export interface Sink {
  write(text: string): void;
  end(): void;
}

export interface StreamReply {
  type: 'stream';
  contentType: string;
  /** Starts the stream; the returned function is called once it is closed by either side. */
  open(sink: Sink): () => void;
}

export const json = (status: number, body: object, warnings: string[] = []): JsonReply => ({
  type: 'json',
  status,
  body,
  warnings,
});

export const text = (status: number, content: string): TextReply => ({ type: 'text', status, text: content });
