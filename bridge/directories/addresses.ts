/** Which addresses of the internet a key may be fetched from: public ones, nothing of our own network. */
import { BlockList, isIP } from 'node:net'

/** Special-purpose blocks of RFC 6890 and its successors: private, loopback, link-local, shared, test, multicast, future. */
const v4 = `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
  192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4`
const v6 = `::/128 ::1/128 ::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16
  fc00::/7 fe80::/10 fec0::/10 ff00::/8`

const listOf = (blocks: string, family: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList()
  for (const block of blocks.split(/\s+/)) {
    const [net = '', bits] = block.split('/')
    list.addSubnet(net, Number(bits), family)
  }
  return list
}

const special4 = listOf(v4, 'ipv4')
const special6 = listOf(v6, 'ipv6')

/** The IPv4 address inside an IPv4-mapped IPv6 one, in either notation; nothing for any other. */
const mapped = (address: string): string | undefined => {
  const [, dotted] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? []
  if (dotted) return dotted
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address) ?? []
  if (high === undefined || low === undefined) return undefined
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return [a >> 8, a & 255, b >> 8, b & 255].join('.')
}

/** Whether an address is one of the public internet. Anything that is no address is not. */
export const isPublicAddress = (address: string): boolean => {
  const inner = mapped(address)
  if (inner !== undefined) return isPublicAddress(inner)
  const family = isIP(address)
  if (family === 4) return !special4.check(address, 'ipv4')
  return family === 6 && !address.includes('%') && !special6.check(address, 'ipv6')
}
