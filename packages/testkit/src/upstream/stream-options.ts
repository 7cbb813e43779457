import { refuse } from './errors.ts';
import { objectOf } from './json.ts';
import type { UpstreamRequest } from './request.ts';

/** Whether a stream is to tell its usage; refuses a request for a plain answer that has options for a stream. */
export function wantsUsage({ json, stream }: UpstreamRequest): boolean {
  const options = json['stream_options'] ?? undefined;
  if (options !== undefined && !stream)
    refuse(400, {
      message: "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      param: 'stream_options',
    });
  return objectOf(options)['include_usage'] === true;
}
