import { fork } from 'node:child_process';

/** A process of our own that answers questions, one at a time. */
export interface Child<Question, Answer> extends Disposable {
  ask(question: Question): Promise<Answer>;
}

/**
 * Starts a module in a process of its own and waits until it listens to questions. Whatever ends this process
 * ends the child too: on its side, `answering` exits when the channel closes.
 */
export async function startChild<Question, Answer>(
  file: string,
  { args = [], execArgv = [] }: { args?: readonly string[]; execArgv?: readonly string[] } = {},
): Promise<Child<Question, Answer>> {
  const child = fork(file, args, {
    execArgv: ['--conditions=@holdfast/source', ...execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const next = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error(`${file} ${args.join(' ')} ended before it had answered`));
      child.once('exit', ended);
      child.once('message', (message) => {
        child.off('exit', ended);
        resolve(message);
      });
    });
  await next();
  return {
    async ask(question) {
      const answer = next();
      child.send(question as object);
      const { failed, value } = (await answer) as { failed?: string; value?: Answer };
      if (failed !== undefined) throw new Error(failed);
      return value as Answer;
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

/** The child's side: answers each question with what `answer` makes of it. */
export function answering(answer: (question: never) => unknown): void {
  process.once('disconnect', () => process.exit());
  process.on('message', (question) => {
    Promise.resolve(question as never)
      .then(answer)
      .then(
        (value) => process.send?.({ value }),
        (error: unknown) =>
          process.send?.({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      );
  });
  process.send?.('ready');
}

/** Whether this process was started by `startChild` from `file`. */
export const isChildOf = (file: string): boolean => process.argv[1] === file && process.send !== undefined;
