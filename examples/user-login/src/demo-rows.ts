import type { Adapter, AdapterPayload } from 'oidc-provider';

/** Where the provider of the example keeps its rows: in memory, gone with it. */
export function demoRows(): (model: string) => Adapter {
  const rows = new Map<string, AdapterPayload>();
  return (model) => {
    const name = (id: string): string => `${model}:${id}`;
    return {
      upsert: (id, row) => Promise.resolve(void rows.set(name(id), { ...row })),
      find: (id) => Promise.resolve(rows.get(name(id))),
      findByUid: (uid) =>
        Promise.resolve([...rows].find(([key, row]) => key.startsWith(name('')) && row.uid === uid)?.[1]),
      findByUserCode: () => Promise.resolve(undefined),
      consume: (id) => Promise.resolve(void Object.assign(rows.get(name(id)) ?? {}, { consumed: 1 })),
      destroy: (id) => Promise.resolve(void rows.delete(name(id))),
      revokeByGrantId(grantId) {
        for (const [key, row] of rows) if (row.grantId === grantId) rows.delete(key);
        return Promise.resolve();
      },
    };
  };
}
