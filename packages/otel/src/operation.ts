import type { Operation } from '@holdfast/core';

/**
 * The `gen_ai.operation.name` of an operation. Chat completions and responses are the same to the
 * conventions; what they have no name for goes by ours.
 */
export function operationNameOf(operation: Operation): string {
  switch (operation) {
    case 'chat':
    case 'responses':
      return 'chat';
    case 'completions':
      return 'text_completion';
    default:
      return operation;
  }
}
