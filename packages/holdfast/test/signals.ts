import { startRecorder } from '../../otel/test/recorder.ts';
import { startMeter } from './metric-points.ts';

/** An event as the SDK takes it. */
export interface RecordedEvent {
  readonly eventName: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** Everything that OpenTelemetry is told, by its real SDK: spans, metrics and events. */
export function startSignals() {
  const events: RecordedEvent[] = [];
  const keeping = {
    onEmit: ({ eventName, attributes, body }: RecordedEvent) => void events.push({ eventName, attributes, body }),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
    enabled: () => true,
  };
  const recorder = startRecorder({ logRecordProcessors: [keeping as never] });
  const meter = startMeter();
  return {
    recorder,
    meter,
    events,
    /** All of it, as one text. */
    async text(): Promise<string> {
      const spans = recorder.all.map(({ name, attributes, events: told, links, status, resource }) => ({
        ...{ name, attributes, told, links, status },
        resource: resource.attributes,
      }));
      return JSON.stringify([spans, events, await meter.points()]);
    },
    async stop() {
      await meter.stop();
      await recorder.stop();
    },
  };
}
