/** The messages of AMP: compiled validators, problems, operations and generated types. */
export { canonicalJson } from './canonical.ts'
export type { Message, Messages } from './generated/messages.ts'
export {
  type Caller,
  type Operation,
  type OperationName,
  operations,
  type RequestOf,
  type ResponseOf,
  type Role,
  roles,
} from './operations.ts'
export { type Problem, type ProblemCode, precedence, problemKinds, problemOf } from './problem.ts'
export { type Invalid, isMessage, loadSchemas, type SchemaPath, validate } from './validate.ts'
export { packageFile, packageRoot, schemaBase, supportedVersions, version } from './version.ts'
