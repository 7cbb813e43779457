import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the echo answers. */
export type EchoMode = 'ok' | 'refused' | 'reset' | 'malformed' | 'error event' | 'cut' | 'aborted';

/** An upstream that says back whatever it is told, the key included, wherever an answer has room for words. */
export interface EchoingUpstream extends AsyncDisposable {
  readonly baseURL: string;
  mode: EchoMode;
  /** Of refusals. */
  status: number;
  /** A request came, whole. */
  arrived: () => unknown;
}

/** Starts it on loopback. */
export async function startEcho(): Promise<EchoingUpstream> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('latin1');
      const echo = `${request.headers.authorization ?? ''} ${body}`;
      upstream.arrived();
      answer(response, { echo, isStream: /"stream":\s*true/.test(body) }, upstream);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const upstream: EchoingUpstream = {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    mode: 'ok',
    status: 400,
    arrived: () => undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
  return upstream;
}

interface Told {
  readonly echo: string;
  readonly isStream: boolean;
}

function answer(response: ServerResponse, { echo, isStream }: Told, { mode, status }: EchoingUpstream): void {
  if (mode === 'aborted') return;
  if (mode === 'reset') return void response.socket?.destroy();
  if (mode === 'refused') return json(response, status, errorOf(echo));
  if (!isStream) return mode === 'malformed' ? json(response, 200, undefined) : json(response, 200, answerOf(echo));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const events = [...eventsOf(echo)];
  if (mode === 'error event') events.splice(1, Infinity, { type: 'error', ...errorOf(echo) });
  if (mode === 'cut' || mode === 'malformed') events.splice(1);
  for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`);
  response.end(mode === 'ok' ? 'data: [DONE]\n\n' : '');
}

function json(response: ServerResponse, status: number, body: object | undefined): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_1' });
  response.end(body === undefined ? '{"id":' : JSON.stringify(body));
}

const errorOf = (echo: string): { error: object } => ({
  error: { message: echo, type: echo, param: echo, code: echo },
});

const usage = { prompt_tokens: 2, completion_tokens: 3, input_tokens: 2, output_tokens: 3, total_tokens: 5 };
const toolCall = (echo: string): object => ({
  index: 0,
  id: echo,
  type: 'function',
  function: { name: echo, arguments: echo },
});
const output = (echo: string): object[] => [
  { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: echo, annotations: [] }] },
  { type: 'function_call', call_id: echo, name: echo, arguments: echo },
];

/** An answer to anything. */
const answerOf = (echo: string): object => ({
  id: 'answer_1',
  model: 'gpt-5',
  status: 'completed',
  choices: [
    {
      index: 0,
      text: echo,
      message: { role: 'assistant', content: echo, tool_calls: [toolCall(echo)] },
      finish_reason: 'stop',
    },
  ],
  output: output(echo),
  data: [{ index: 0, embedding: [1], b64_json: echo, url: echo, revised_prompt: echo }],
  results: [{ flagged: false, categories: {}, category_scores: {} }],
  text: echo,
  filename: echo,
  usage,
});

function* eventsOf(echo: string): Generator<object> {
  const delta = { content: echo, tool_calls: [toolCall(echo)] };
  yield {
    id: 'answer_1',
    model: 'gpt-5',
    type: 'response.output_text.delta',
    delta: echo,
    choices: [{ index: 0, text: echo, delta }],
  };
  yield {
    type: 'response.output_text.done',
    text: echo,
    choices: [{ index: 0, text: '', delta: {}, finish_reason: 'stop' }],
  };
  yield {
    type: 'response.completed',
    choices: [],
    usage,
    response: { id: 'answer_1', model: 'gpt-5', status: 'completed', output: output(echo), usage },
  };
}
