/** Users of the wallet: their account, their PIN, and the key with which their mandates are signed. */
import { type CryptoKey, exportJWK, generateKeyPair, importJWK } from 'jose'
import type { Message } from '../../schemas/index.ts'
import { type Amount, accept, type Outcome, refuse, type SigningKey } from '../core/index.ts'
import { publicJwkOf } from '../http/keys.ts'
import { inTransaction, openAccount, transfer } from '../ledger/index.ts'
import { clearingAccount, fundingAccount, moneyIn, type WalletContext } from './context.ts'
import { hashPin } from './pin.ts'
import type { UserRow } from './tables.ts'
import { seal, unseal } from './vault.ts'

/** AMP-PAY-013, 015: a login as others may see it. */
export const maskLogin = (loginId: string): string => {
  const [name = '', domain] = loginId.split('@')
  const hidden = `${name.slice(0, 1)}***${name.length > 4 ? name.slice(-1) : ''}`
  return domain === undefined ? hidden : `${hidden}@${domain}`
}

/** A key pair of the identity signature provider for one user (AMP-PAY-006); the private half leaves only sealed. */
const makeIspKey = async (userId: string, masterKey: Uint8Array) => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  return {
    isp_jwk: JSON.stringify(await publicJwkOf(jwk)),
    isp_sealed: seal(JSON.stringify(jwk), userId, masterKey),
  }
}

export const ispPublicKey = (user: UserRow): Message<'common/public-jwk'> => JSON.parse(user.isp_jwk)

/** Opens the signing key of a user. It stays in memory for one signature. */
export const ispKey = async (user: UserRow, masterKey: Uint8Array): Promise<SigningKey> => {
  const jwk = JSON.parse(unseal(user.isp_sealed, user.user_id, masterKey))
  return { kid: ispPublicKey(user).kid, privateKey: (await importJWK(jwk, 'ES256')) as CryptoKey }
}

type NewUser = {
  readonly loginId: string
  readonly pin: string
  readonly balance: Amount
  readonly pinCost?: number
}

/** Opens a wallet: user, account, money on it; `pinCost` is for tests. Refuses `request-invalid` where the login is taken. */
export const createUser = async (
  { database, world, settings }: WalletContext,
  { loginId, pin, balance, pinCost }: NewUser,
): Promise<Outcome<UserRow>> => {
  const userId = world.id('user')
  const row: UserRow = {
    user_id: userId,
    user_reference: world.id('holder'),
    login_id: loginId,
    masked_login_id: maskLogin(loginId),
    pin_hash: await hashPin(pin, pinCost),
    account_id: world.id('account'),
    currency: balance.currency,
    limit_per_mandate: null,
    limit_per_day: null,
    ...(await makeIspKey(userId, settings.masterKey)),
    created_at: BigInt(world.now()),
  }
  const { currency } = balance
  return inTransaction(database, async (transaction) => {
    const inserted = await transaction
      .insertInto('wallet_users')
      .values(row)
      .onConflict((conflict) => conflict.column('login_id').doNothing())
      .executeTakeFirst()
    if (inserted.numInsertedOrUpdatedRows !== 1n)
      return refuse('request-invalid', { field: '/loginId', detail: 'the login is taken' })
    const books = moneyIn(transaction)
    await openAccount(books, { accountId: row.account_id, kind: 'user', owner: userId, currency })
    await openAccount(books, { accountId: clearingAccount(currency), kind: 'clearing', owner: 'wallet', currency })
    await openAccount(books, { accountId: fundingAccount(currency), kind: 'funding', owner: 'wallet', currency })
    if (balance.value === 0n) return accept(row)
    const funded = await transfer(books, {
      transferId: world.id('funding'),
      from: fundingAccount(currency),
      to: row.account_id,
      amount: balance,
      at: world.now(),
    })
    return funded.ok ? accept(row) : funded
  })
}
