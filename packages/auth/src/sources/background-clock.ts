import { setTimeout as startTimer } from 'node:timers';
import { systemClock, type Clock } from '@holdfast/core';

/** The clock of the machine for what goes on in the background: its timers keep no process alive. */
export const backgroundClock: Clock = {
  ...systemClock,
  setTimer(callback, delayMs) {
    const handle = startTimer(callback, delayMs).unref();
    return { cancel: () => clearTimeout(handle) };
  },
};
