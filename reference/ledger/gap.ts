/** A moment between looking and acting, which a correct server never leaves. */

/** Only waited for by mutants that look first and act later: long enough for another request to come in between. */
export const gap = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100))
