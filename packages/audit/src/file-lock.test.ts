import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { folder } from '../test/log.ts';
import { lockFile } from './file-lock.ts';
import { markOf } from './process-mark.ts';

describe('the lock of a file', () => {
  it('is refused while it is held, in the same process too, and is free afterwards', () => {
    using dir = folder();
    const path = dir.file('log');
    const giveUp = lockFile(path);
    expect(() => lockFile(path)).toThrow(`${path} is written by process ${process.pid}; give each process a file`);
    giveUp();
    lockFile(path)();
    expect(readdirSync(dir.file('.'))).toEqual([]);
  });

  it('of a process that died is taken over, though another one has its number now', () => {
    using dir = folder();
    const path = dir.file('log');
    for (const left of ['4194305', `${process.pid} another-boot:17 abc`, '1 another-boot:17 abc', '', 'what?']) {
      writeFileSync(`${path}.lock`, left);
      lockFile(path)();
    }
    expect(readdirSync(dir.file('.'))).toEqual([]);
  });

  it('says whose it is from the first moment, for its owner alone', () => {
    using dir = folder();
    const giveUp = lockFile(dir.file('log'));
    expect(readFileSync(dir.file('log.lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} ${markOf(process.pid)} `));
    giveUp();
  });

  it('is not given up for somebody else who has taken it over', () => {
    using dir = folder();
    const path = dir.file('log');
    const giveUp = lockFile(path);
    writeFileSync(`${path}.lock`, '1');
    giveUp();
    expect(existsSync(`${path}.lock`)).toBe(true);
  });

  it('cannot be taken where there is no folder', () => {
    using dir = folder();
    expect(() => lockFile(dir.file('none/log'))).toThrow('ENOENT');
  });
});
