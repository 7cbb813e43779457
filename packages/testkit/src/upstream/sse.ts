/** The event that ends a chat or completions stream. */
export const doneFrame = 'data: [DONE]\n\n';

/** One unnamed event, as chat completions stream them. */
export const dataFrame = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

/** One named event, as responses, images and transcriptions stream them: the name is repeated in the data. */
export const typedFrame = (event: { readonly type: string }): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
