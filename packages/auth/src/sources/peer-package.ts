import { failure, traitsOf } from './source-failure.ts';

/**
 * Loads the package of a provider when it is first needed.
 *
 * @throws CredentialError naming the package and how to install it when it is missing.
 */
export async function peerPackage<T>(id: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { code } = (error ?? {}) as { readonly code?: unknown };
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    const rest = isMissing ? 'which is not installed' : `which could not be loaded${traitsOf(error)}`;
    throw failure(id, `needs the package ${name}, ${rest}: npm install ${name}`);
  }
}
