export * from './manual-clock.ts';
export { cannedAnswer, cannedFetch, chatChunks, errorAnswer, hang, jsonAnswer, streamAnswer } from './canned.ts';
export { testMiddleware, type Runner } from './contract-suite.ts';
export * from './upstream/index.ts';
