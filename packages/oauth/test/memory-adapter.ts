import type { Adapter, AdapterPayload } from 'oidc-provider';

/** Rows of one provider under test, gone with it. The one that oidc-provider brings warns about itself. */
export function memoryAdapter(): (model: string) => Adapter {
  const rows = new Map<string, AdapterPayload>();
  return (model) => {
    const key = (id: string): string => `${model}:${id}`;
    const find = (test: (row: AdapterPayload) => boolean): AdapterPayload | undefined =>
      [...rows].find(([name, row]) => name.startsWith(`${model}:`) && test(row))?.[1];
    return {
      upsert: (id, payload) => Promise.resolve(void rows.set(key(id), { ...payload })),
      find: (id) => Promise.resolve(rows.get(key(id))),
      findByUserCode: (code) => Promise.resolve(find(({ userCode }) => userCode === code)),
      findByUid: (uid) => Promise.resolve(find((row) => row.uid === uid)),
      consume: (id) => Promise.resolve(void Object.assign(rows.get(key(id)) ?? {}, { consumed: 1 })),
      destroy: (id) => Promise.resolve(void rows.delete(key(id))),
      revokeByGrantId: (grantId) => {
        for (const [name, row] of rows) if (row.grantId === grantId) rows.delete(name);
        return Promise.resolve();
      },
    };
  };
}
