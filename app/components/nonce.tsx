import { createContext, useContext } from "react";

const NonceContext = createContext<string | undefined>(undefined);

/** The server's nonce for the scripts of one document. The browser hides it, so the client has none. */
export const NonceProvider = NonceContext.Provider;

export function useNonce(): string | undefined {
  return useContext(NonceContext);
}
