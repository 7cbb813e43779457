export { audit, type AuditMiddleware } from './audit.ts';
export type { AuditStatus, RecordClass, RecordEvent } from './audit-writer.ts';
export { callbackSink } from './callback-sink.ts';
export { canonicalJson } from './canonical.ts';
export type { ChainEnd } from './chain.ts';
export { fileSink, type FileSinkOptions } from './file-sink.ts';
export type {
  AuditLine,
  AuditRecord,
  CallLine,
  CallRecord,
  GapRecord,
  LineFault,
  LineHead,
  SecurityRecord,
} from './line.ts';
export type { AuditOptions, FailMode } from './options.ts';
export type { AuditSink, Found } from './sink.ts';
export { stdoutSink } from './stdout-sink.ts';
export { verifyAudit, verifyAuditFile, type AuditVerdict, type VerifyAuditOptions } from './verify.ts';
