import { faultOf, type Fault, type FaultScope } from '@holdfast/core';

/** Whether upstream rejected the credential itself, and not where or what for it was used. */
export const isRejected = (response: Response): boolean => faultOf(response)?.kind === 'invalid_credential';

/** Faults that come after upstream has looked at the credential and taken it. */
const beyond: ReadonlySet<FaultScope> = new Set(['request', 'model', 'limit_domain']);

/** Whether an answer shows that the credential is good, whatever else it says. */
export const isTaken = (fault: Fault | undefined): boolean => fault === undefined || beyond.has(fault.scope);
