import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express';
import { hints, type Pipeline } from 'holdfast';
import type OpenAI from 'openai';
import { problemOf } from './problem.ts';

/** What the service is made of. */
export interface AppParts {
  /** A wrapped client. */
  readonly client: OpenAI;
  readonly pipeline: Pipeline;
}

/** Nobody at the other end of an HTTP request waits longer. */
const deadlineMs = 20_000;

/** `POST /answers` answers in one piece, `POST /answers/stream` word by word, `GET /pipeline` says what stands where. */
export function createApp({ client, pipeline }: AppParts): Express {
  const app = express();
  app.use(express.json());

  app.post('/answers', async (request, response) => {
    const completion = await client.chat.completions.create(asking(request), options(response));
    response.json({ model: completion.model, answer: completion.choices[0]?.message.content });
  });

  app.post('/answers/stream', async (request, response) => {
    const chunks = await client.chat.completions.create({ ...asking(request), stream: true }, options(response));
    response.type('text/event-stream');
    for await (const { model, choices } of chunks) {
      const words = choices[0]?.delta.content;
      if (words) response.write(`data: ${JSON.stringify({ model, words })}\n\n`);
    }
    response.end('event: done\ndata: {}\n\n');
  });

  app.get('/pipeline', (_request, response) => void response.type('text/plain').send(pipeline.describe()));

  app.use(onError);
  return app;
}

function asking({ body }: Request): OpenAI.ChatCompletionCreateParamsNonStreaming {
  const { question } = (body ?? {}) as { question?: unknown };
  if (typeof question !== 'string' || question.trim() === '')
    throw Object.assign(new Error('expected a JSON body { "question": "…" }'), { status: 400 });
  return { model: 'gpt-5', messages: [{ role: 'user', content: question }] };
}

/** Who hangs up ends the call upstream as well, wherever it is: in a wait, at the headers or in the stream. */
function options(response: Response): OpenAI.RequestOptions {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return { signal: controller.signal, ...hints({ deadlineMs }) };
}

const onError: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  if (response.destroyed) return;
  const { status, body, retryAfterSeconds } = problemOf(error);
  // What was sent is sent: the stream says that it failed, and never ends as if it were whole.
  if (response.headersSent) {
    response.end(`event: error\ndata: ${JSON.stringify(body)}\n\n`);
    return;
  }
  if (retryAfterSeconds !== undefined) response.set('retry-after', String(retryAfterSeconds));
  response.status(status).json(body);
};
