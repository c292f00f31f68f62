/** A moment between looking and acting, which a correct server never leaves. */

const turns = 8
const millisecondsOfTurn = 4

/**
 * Only waited for by mutants that look first and act later: long enough for another request to come in between. It is
 * made of turns of the event loop, in each of which what has arrived is taken up, so that it grows with a machine's load.
 */
export const gap = async (): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setTimeout(resolve, millisecondsOfTurn))
}
