/** The protocol version this package speaks and where its files lie. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Dated protocol version; tracks ant-intl/AMP@2d7cb03 (decision 0002). */
export const version = '2026-11-20'

/** Versions a server of this package answers, newest first. */
export const supportedVersions: readonly string[] = [version]

/** Base of every schema `$id`. */
export const schemaBase = `https://schemas.agentic-mobile-protocol.example/${version}/`

const findPackageRoot = (folder: string): string =>
  existsSync(join(folder, 'package.json')) ? folder : findPackageRoot(dirname(folder))

/** Absolute path of the package folder, from the sources as from `dist`. */
export const packageRoot = findPackageRoot(dirname(fileURLToPath(import.meta.url)))

/** Absolute path of a file or folder of the package. */
export const packageFile = (...path: string[]): string => join(packageRoot, ...path)
