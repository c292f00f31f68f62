/** The pure core of clearing: amounts, descriptors, signed preimages, chains, channels, netting. */
export * from './chain.ts'
export * from './channel.ts'
export * from './descriptor.ts'
export * from './micro.ts'
export * from './netting.ts'
export * from './preimage.ts'
export * from './record.ts'
