/** Generated from problems.json by `npm run generate`. Do not edit. */
export const problemTable = [
  {
    "code": "shutting-down",
    "status": 503,
    "title": "The server is shutting down",
    "retry": "after",
    "spec": "extensions/http.md#problems"
  },
  {
    "code": "rate-limited",
    "status": 429,
    "title": "Too many requests",
    "retry": "after",
    "spec": "extensions/http.md#problems"
  },
  {
    "code": "operation-unknown",
    "status": 404,
    "title": "There is no such operation here",
    "retry": "never",
    "spec": "extensions/http.md#problems"
  },
  {
    "code": "method-not-allowed",
    "status": 405,
    "title": "The operation takes another method",
    "retry": "never",
    "spec": "extensions/http.md#problems"
  },
  {
    "code": "headers-too-large",
    "status": 431,
    "title": "The headers are too large",
    "retry": "never",
    "spec": "extensions/http.md#problems"
  },
  {
    "code": "body-too-large",
    "status": 413,
    "title": "The body is larger than the server takes",
    "retry": "never",
    "spec": "extensions/http.md#problems",
    "resultCode": "PARAM_ILLEGAL"
  },
  {
    "code": "media-type-unsupported",
    "status": 415,
    "title": "The body has to be application/json in UTF-8, not compressed",
    "retry": "never",
    "spec": "extensions/http.md#problems",
    "resultCode": "PARAM_ILLEGAL"
  },
  {
    "code": "version-unsupported",
    "status": 400,
    "title": "The version is not spoken here",
    "retry": "never",
    "spec": "extensions/http.md#versions"
  },
  {
    "code": "digest-missing",
    "status": 400,
    "title": "The request has no content digest",
    "retry": "never",
    "spec": "extensions/http.md#signatures"
  },
  {
    "code": "digest-mismatch",
    "status": 400,
    "title": "The content digest is not that of the body",
    "retry": "never",
    "spec": "extensions/http.md#signatures"
  },
  {
    "code": "json-malformed",
    "status": 400,
    "title": "The body is not well-formed JSON",
    "retry": "never",
    "spec": "extensions/http.md#problems",
    "resultCode": "PARAM_ILLEGAL"
  },
  {
    "code": "signature-missing",
    "status": 401,
    "title": "The request is not signed",
    "retry": "never",
    "spec": "extensions/http.md#signatures"
  },
  {
    "code": "signature-malformed",
    "status": 401,
    "title": "The signature headers cannot be read or lack a required part",
    "retry": "never",
    "spec": "extensions/http.md#signatures"
  },
  {
    "code": "signature-algorithm-not-allowed",
    "status": 401,
    "title": "The signature algorithm is not allowed",
    "retry": "never",
    "spec": "extensions/http.md#signatures"
  },
  {
    "code": "signature-key-unknown",
    "status": 401,
    "title": "The signing key belongs to no known party",
    "retry": "never",
    "spec": "extensions/http.md#signatures"
  },
  {
    "code": "signature-expired",
    "status": 401,
    "title": "The signature lies outside its time window",
    "retry": "with-new-key",
    "spec": "extensions/http.md#signatures"
  },
  {
    "code": "signature-invalid",
    "status": 401,
    "title": "The signature does not verify",
    "retry": "never",
    "spec": "extensions/http.md#signatures"
  },
  {
    "code": "signature-replayed",
    "status": 401,
    "title": "The signature was used before",
    "retry": "with-new-key",
    "spec": "extensions/http.md#signatures"
  },
  {
    "code": "session-missing",
    "status": 401,
    "title": "The request carries no session of the wallet owner",
    "retry": "never",
    "spec": "extensions/http.md#sessions"
  },
  {
    "code": "session-invalid",
    "status": 401,
    "title": "The session of the wallet owner is unknown or over",
    "retry": "never",
    "spec": "extensions/http.md#sessions"
  },
  {
    "code": "login-refused",
    "status": 401,
    "title": "Login or PIN is wrong",
    "retry": "never",
    "spec": "extensions/http.md#sessions"
  },
  {
    "code": "caller-not-allowed",
    "status": 403,
    "title": "The caller may not use this operation or this object",
    "retry": "never",
    "spec": "extensions/http.md#callers"
  },
  {
    "code": "request-invalid",
    "status": 400,
    "title": "The request does not match its schema",
    "retry": "never",
    "spec": "extensions/http.md#problems",
    "resultCode": "PARAM_ILLEGAL"
  },
  {
    "code": "page-token-invalid",
    "status": 400,
    "title": "The page token is not one the server handed out",
    "retry": "never",
    "spec": "extensions/http.md#paging"
  },
  {
    "code": "idempotency-key-missing",
    "status": 400,
    "title": "The request has no Idempotency-Key",
    "retry": "never",
    "spec": "extensions/http.md#idempotency"
  },
  {
    "code": "idempotency-key-malformed",
    "status": 400,
    "title": "The Idempotency-Key is not 16 to 128 visible characters",
    "retry": "never",
    "spec": "extensions/http.md#idempotency"
  },
  {
    "code": "idempotency-key-reused",
    "status": 409,
    "title": "The Idempotency-Key was used with another request",
    "retry": "with-new-key",
    "spec": "extensions/http.md#idempotency",
    "resultCode": "REPEAT_REQ_INCONSISTENT"
  },
  {
    "code": "idempotency-in-progress",
    "status": 409,
    "title": "The same request is still being processed",
    "retry": "same",
    "spec": "extensions/http.md#idempotency"
  },
  {
    "code": "key-not-allowed",
    "status": 422,
    "title": "The key is of a kind or for a use that is not allowed",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-014"
  },
  {
    "code": "proof-of-possession-invalid",
    "status": 422,
    "title": "The proof of possession does not verify",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-015"
  },
  {
    "code": "agent-key-taken",
    "status": 409,
    "title": "The key is registered already",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-104"
  },
  {
    "code": "review-incomplete",
    "status": 422,
    "title": "The review does not cover every item exactly once",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-022"
  },
  {
    "code": "review-failed",
    "status": 422,
    "title": "The review did not pass",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-005"
  },
  {
    "code": "commitment-invalid",
    "status": 422,
    "title": "The commitment of the credential provider does not verify",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-022"
  },
  {
    "code": "agent-unknown",
    "status": 404,
    "title": "The agent is not registered",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-003"
  },
  {
    "code": "agent-suspended",
    "status": 403,
    "title": "The agent is suspended",
    "retry": "never",
    "spec": "published/payment.md#AMP-PAY-034"
  },
  {
    "code": "agent-revoked",
    "status": 403,
    "title": "The agent is revoked",
    "retry": "never",
    "spec": "extensions/guarantee.md#report"
  },
  {
    "code": "wallet-unknown",
    "status": 404,
    "title": "The wallet is not known here",
    "retry": "never",
    "spec": "published/payment.md#AMP-PAY-005"
  },
  {
    "code": "user-unknown",
    "status": 404,
    "title": "The user is not known here",
    "retry": "never",
    "spec": "published/payment.md#AMP-PAY-005"
  },
  {
    "code": "binding-unknown",
    "status": 404,
    "title": "The binding is not known here",
    "retry": "never",
    "spec": "published/payment.md#AMP-PAY-017",
    "resultCode": "TOKEN_NOT_MATCH_MANDATE"
  },
  {
    "code": "binding-revoked",
    "status": 403,
    "title": "The binding is revoked",
    "retry": "never",
    "spec": "published/payment.md#AMP-PAY-018"
  },
  {
    "code": "binding-exists",
    "status": 409,
    "title": "The agent is bound to this account already",
    "retry": "never",
    "spec": "published/payment.md#AMP-PAY-017"
  },
  {
    "code": "session-unknown",
    "status": 404,
    "title": "The session is not known here",
    "retry": "never",
    "spec": "extensions/http.md#problems"
  },
  {
    "code": "authorization-unknown",
    "status": 404,
    "title": "The authorization is not known here",
    "retry": "never",
    "spec": "extensions/http.md#problems"
  },
  {
    "code": "authorization-decided",
    "status": 409,
    "title": "The authorization was decided already",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-062"
  },
  {
    "code": "authorization-expired",
    "status": 409,
    "title": "The authorization is over",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-065"
  },
  {
    "code": "user-rejected",
    "status": 409,
    "title": "The user rejected",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-065"
  },
  {
    "code": "identity-check-failed",
    "status": 403,
    "title": "The identity check failed",
    "retry": "same",
    "spec": "published/trust.md#AMP-TRUST-064"
  },
  {
    "code": "identity-check-locked",
    "status": 403,
    "title": "Too many identity checks failed; wait",
    "retry": "after",
    "spec": "published/trust.md#AMP-TRUST-064"
  },
  {
    "code": "mandate-unknown",
    "status": 404,
    "title": "The mandate is not known here",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-073",
    "resultCode": "MANDATE_NOT_EXIST"
  },
  {
    "code": "mandate-inactive",
    "status": 409,
    "title": "The mandate is not activated yet",
    "retry": "after",
    "spec": "published/trust.md#AMP-TRUST-080",
    "resultCode": "MANDATE_STATUS_INVALID"
  },
  {
    "code": "mandate-revoked",
    "status": 409,
    "title": "The mandate is revoked",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-076",
    "resultCode": "MANDATE_STATUS_INVALID"
  },
  {
    "code": "mandate-expired",
    "status": 409,
    "title": "The mandate is expired",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-076",
    "resultCode": "MANDATE_EXPIRED"
  },
  {
    "code": "mandate-finished",
    "status": 409,
    "title": "The mandate is finished",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-076",
    "resultCode": "MANDATE_STATUS_INVALID"
  },
  {
    "code": "mandate-suspended",
    "status": 409,
    "title": "The owner suspended the mandate",
    "retry": "after",
    "spec": "extensions/control.md#suspension"
  },
  {
    "code": "binding-mismatch",
    "status": 409,
    "title": "Agent, binding and mandate do not belong together",
    "retry": "never",
    "spec": "published/payment.md#AMP-PAY-034",
    "resultCode": "TOKEN_NOT_MATCH_MANDATE"
  },
  {
    "code": "request-signature-invalid",
    "status": 422,
    "title": "The signature of the agent over the token request does not verify",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-017"
  },
  {
    "code": "assurance-layer-missing",
    "status": 422,
    "title": "A layer of the assurance chain is missing",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-163"
  },
  {
    "code": "assurance-layer-unexpected",
    "status": 422,
    "title": "The chain has a layer its mode does not allow",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-138"
  },
  {
    "code": "assurance-malformed",
    "status": 422,
    "title": "A layer cannot be read",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-159"
  },
  {
    "code": "assurance-algorithm-not-allowed",
    "status": 422,
    "title": "A layer is signed with an algorithm that is not allowed",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-107"
  },
  {
    "code": "assurance-type-invalid",
    "status": 422,
    "title": "A layer has another type than sd+jwt",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-108"
  },
  {
    "code": "assurance-key-unknown",
    "status": 422,
    "title": "The key that signed a layer is not known",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-109"
  },
  {
    "code": "assurance-key-mismatch",
    "status": 422,
    "title": "A layer is not signed with the key the previous layer binds",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-122"
  },
  {
    "code": "assurance-signature-invalid",
    "status": 422,
    "title": "The signature of a layer does not verify",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-161"
  },
  {
    "code": "assurance-link-broken",
    "status": 422,
    "title": "A layer is not bound to the previous one",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-127"
  },
  {
    "code": "assurance-claim-missing",
    "status": 422,
    "title": "A layer lacks a claim or a claim has the wrong form",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-110"
  },
  {
    "code": "assurance-claim-forbidden",
    "status": 422,
    "title": "A layer holds a claim it must not hold",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-117"
  },
  {
    "code": "assurance-private-key",
    "status": 422,
    "title": "A layer holds a private key",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-114"
  },
  {
    "code": "assurance-disclosure-undigested",
    "status": 422,
    "title": "A disclosure is not among the signed digests, or more than once",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-132"
  },
  {
    "code": "assurance-disclosure-missing",
    "status": 422,
    "title": "A required disclosure is not presented",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-133"
  },
  {
    "code": "assurance-disclosure-forbidden",
    "status": 422,
    "title": "A disclosure is presented that the mode does not allow",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-139"
  },
  {
    "code": "assurance-audience-mismatch",
    "status": 422,
    "title": "A layer is meant for another verifier",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-124"
  },
  {
    "code": "assurance-issuer-mismatch",
    "status": 422,
    "title": "The identity layer was issued by another network",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-110"
  },
  {
    "code": "assurance-not-yet-valid",
    "status": 422,
    "title": "A layer is not valid yet",
    "retry": "after",
    "spec": "published/trust.md#AMP-TRUST-125"
  },
  {
    "code": "assurance-expired",
    "status": 422,
    "title": "A layer is expired",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-126"
  },
  {
    "code": "assurance-identity-check-failed",
    "status": 422,
    "title": "The mandate layer does not report a passed identity check",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-128"
  },
  {
    "code": "assurance-mandate-mismatch",
    "status": 422,
    "title": "The mandate layer is not about this mandate, binding or content",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-137"
  },
  {
    "code": "assurance-nonce-replayed",
    "status": 409,
    "title": "The nonce of a layer was spent before",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-150"
  },
  {
    "code": "assurance-stored-mismatch",
    "status": 422,
    "title": "The chain is not the one on record",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-160"
  },
  {
    "code": "checkout-mismatch",
    "status": 422,
    "title": "The checkout is not the signed one",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-157",
    "resultCode": "CHECKOUT_HASH_INCONSISTENT"
  },
  {
    "code": "intent-unclear",
    "status": 422,
    "title": "The mandate is not clear or complete enough to be shown",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-047"
  },
  {
    "code": "limit-per-mandate-exceeded",
    "status": 422,
    "title": "The budget passes the limit per mandate",
    "retry": "never",
    "spec": "published/wallet.md#AMP-WALLET-062"
  },
  {
    "code": "limit-daily-exceeded",
    "status": 422,
    "title": "The budget passes what may be delegated today",
    "retry": "never",
    "spec": "published/wallet.md#AMP-WALLET-064"
  },
  {
    "code": "currency-mismatch",
    "status": 422,
    "title": "The currency is not that of the mandate, account or limit",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-090",
    "resultCode": "CHECKOUT_CURRENCY_MISMATCH"
  },
  {
    "code": "merchant-out-of-scope",
    "status": 422,
    "title": "The merchant lies outside the mandate",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-088",
    "resultCode": "MERCHANT_NOT_IN_CONSTRAINTS"
  },
  {
    "code": "amount-out-of-range",
    "status": 422,
    "title": "The amount lies outside what one payment may cost",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-088",
    "resultCode": "CHECKOUT_AMOUNT_EXCEEDS_BUDGET"
  },
  {
    "code": "budget-exceeded",
    "status": 422,
    "title": "The amount passes what is left of the budget",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-088",
    "resultCode": "CHECKOUT_AMOUNT_EXCEEDS_BUDGET"
  },
  {
    "code": "frequency-exceeded",
    "status": 422,
    "title": "The agent paid as often as the mandate allows",
    "retry": "after",
    "spec": "published/trust.md#AMP-TRUST-042"
  },
  {
    "code": "retries-exhausted",
    "status": 422,
    "title": "Too many payment tokens of this mandate failed",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-042"
  },
  {
    "code": "checkout-used",
    "status": 409,
    "title": "The checkout was paid or is being paid",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-089"
  },
  {
    "code": "limit-not-lower",
    "status": 422,
    "title": "A limit can only be lowered; raising needs a new mandate",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-031"
  },
  {
    "code": "limit-below-used",
    "status": 422,
    "title": "The limit lies below what is held and captured",
    "retry": "never",
    "spec": "published/wallet.md#AMP-WALLET-034"
  },
  {
    "code": "payment-token-unknown",
    "status": 422,
    "title": "The payment token is not known",
    "retry": "never",
    "spec": "published/payment.md#AMP-PAY-040",
    "resultCode": "PAYMENT_TOKEN_INVALID"
  },
  {
    "code": "payment-token-used",
    "status": 409,
    "title": "The payment token was used before",
    "retry": "never",
    "spec": "published/payment.md#AMP-PAY-040",
    "resultCode": "PAYMENT_TOKEN_ALREADY_USED"
  },
  {
    "code": "payment-token-expired",
    "status": 409,
    "title": "The payment token is expired",
    "retry": "never",
    "spec": "published/payment.md#AMP-PAY-040",
    "resultCode": "PAYMENT_TOKEN_EXPIRED"
  },
  {
    "code": "payment-request-reused",
    "status": 409,
    "title": "The payment request identifier was used with other content",
    "retry": "with-new-key",
    "spec": "published/payment.md#AMP-PAY-044",
    "resultCode": "REPEAT_REQ_INCONSISTENT"
  },
  {
    "code": "order-mismatch",
    "status": 422,
    "title": "The order is not the one bound to the payment token",
    "retry": "never",
    "spec": "published/trust.md#AMP-TRUST-089",
    "resultCode": "CHECKOUT_HASH_INCONSISTENT"
  },
  {
    "code": "balance-insufficient",
    "status": 422,
    "title": "The account does not hold enough",
    "retry": "after",
    "spec": "published/trust.md#AMP-TRUST-090",
    "resultCode": "MANDATE_BALANCE_INSUFFICIENT"
  },
  {
    "code": "payment-unknown",
    "status": 404,
    "title": "The payment is not known here",
    "retry": "never",
    "spec": "published/payment.md#AMP-PAY-046"
  },
  {
    "code": "product-unknown",
    "status": 404,
    "title": "The product is not sold here",
    "retry": "never",
    "spec": "published/payment.md#AMP-PAY-039"
  },
  {
    "code": "checkout-unknown",
    "status": 404,
    "title": "The checkout is not known here",
    "retry": "never",
    "spec": "published/payment.md#AMP-PAY-039"
  },
  {
    "code": "checkout-expired",
    "status": 409,
    "title": "The checkout is over",
    "retry": "never",
    "spec": "published/payment.md#AMP-PAY-039"
  },
  {
    "code": "payment-failed",
    "status": 422,
    "title": "The payment failed",
    "retry": "never",
    "spec": "published/payment.md#AMP-PAY-049",
    "resultCode": "PAYMENT_FAILED"
  },
  {
    "code": "peer-unavailable",
    "status": 503,
    "title": "A neighbour did not answer",
    "retry": "same",
    "spec": "extensions/http.md#problems"
  },
  {
    "code": "peer-answer-invalid",
    "status": 502,
    "title": "A neighbour gave an answer that is not valid",
    "retry": "same",
    "spec": "extensions/http.md#problems"
  },
  {
    "code": "internal-error",
    "status": 500,
    "title": "Something went wrong here",
    "retry": "same",
    "spec": "extensions/http.md#problems"
  },
  {
    "code": "rating-statement-invalid",
    "status": 422,
    "title": "The rating statement does not verify",
    "retry": "never",
    "spec": "extensions/rating.md#statement"
  },
  {
    "code": "rating-statement-mismatch",
    "status": 422,
    "title": "The rating statement is not what its events come to",
    "retry": "never",
    "spec": "extensions/rating.md#statement"
  },
  {
    "code": "gate-denied",
    "status": 403,
    "title": "The trust gate refuses the payment",
    "retry": "never",
    "spec": "extensions/rating.md#gate"
  },
  {
    "code": "gate-escalated",
    "status": 403,
    "title": "The trust gate wants the user to confirm the payment",
    "retry": "with-new-key",
    "spec": "extensions/rating.md#gate"
  },
  {
    "code": "evidence-invalid",
    "status": 422,
    "title": "The evidence does not verify",
    "retry": "never",
    "spec": "extensions/evidence.md#bundle"
  },
  {
    "code": "evidence-needed",
    "status": 409,
    "title": "The evidence is still needed by an open claim or dispute",
    "retry": "after",
    "spec": "extensions/evidence.md#deletion"
  },
  {
    "code": "claim-not-covered",
    "status": 422,
    "title": "The guarantee does not cover this",
    "retry": "never",
    "spec": "extensions/guarantee.md#cover"
  },
  {
    "code": "claim-duplicate",
    "status": 409,
    "title": "There is a claim for this payment already",
    "retry": "never",
    "spec": "extensions/guarantee.md#cover"
  },
  {
    "code": "claim-unknown",
    "status": 404,
    "title": "The claim is not known here",
    "retry": "never",
    "spec": "extensions/guarantee.md#life"
  },
  {
    "code": "claim-state-invalid",
    "status": 409,
    "title": "The claim cannot take this step now",
    "retry": "never",
    "spec": "extensions/guarantee.md#life"
  },
  {
    "code": "claim-request-reused",
    "status": 409,
    "title": "The claim or recovery request was used with other content",
    "retry": "with-new-key",
    "spec": "extensions/guarantee.md#life"
  },
  {
    "code": "claim-late",
    "status": 409,
    "title": "The time for this step of the claim is over",
    "retry": "never",
    "spec": "extensions/guarantee.md#life"
  },
  {
    "code": "claim-exceeds-loss",
    "status": 422,
    "title": "The claim exceeds the loss that is left",
    "retry": "never",
    "spec": "extensions/guarantee.md#cover"
  },
  {
    "code": "pool-insufficient",
    "status": 503,
    "title": "The guarantee pool cannot pay now",
    "retry": "after",
    "spec": "extensions/guarantee.md#pool"
  },
  {
    "code": "kya-credential-invalid",
    "status": 401,
    "title": "The KYA credential does not verify",
    "retry": "never",
    "spec": "extensions/kya.md#credential"
  },
  {
    "code": "kya-credential-expired",
    "status": 401,
    "title": "The KYA credential is expired or its review is overdue",
    "retry": "never",
    "spec": "extensions/kya.md#credential"
  },
  {
    "code": "kya-status-stale",
    "status": 503,
    "title": "The status of the KYA credential is not known recently enough",
    "retry": "after",
    "spec": "extensions/kya.md#status"
  },
  {
    "code": "kya-revoked",
    "status": 403,
    "title": "The KYA credential is revoked",
    "retry": "never",
    "spec": "extensions/kya.md#status"
  },
  {
    "code": "kya-suspended",
    "status": 403,
    "title": "The KYA credential is suspended",
    "retry": "after",
    "spec": "extensions/kya.md#status"
  },
  {
    "code": "kya-capability-missing",
    "status": 403,
    "title": "The KYA credential does not hold this capability",
    "retry": "never",
    "spec": "extensions/kya.md#use"
  },
  {
    "code": "runtime-attestation-invalid",
    "status": 401,
    "title": "The runtime of the agent is not attested",
    "retry": "never",
    "spec": "extensions/kya.md#runtime-identity"
  },
  {
    "code": "device-cannot-confirm",
    "status": 422,
    "title": "The device cannot show what is to be confirmed or prove who confirms it",
    "retry": "never",
    "spec": "extensions/devices.md#confirmation"
  },
  {
    "code": "refund-exceeds-payment",
    "status": 422,
    "title": "The refunds would exceed the payment",
    "retry": "never",
    "spec": "extensions/refund.md#amounts"
  },
  {
    "code": "refund-request-reused",
    "status": 409,
    "title": "The refund request was used for another refund",
    "retry": "never",
    "spec": "extensions/refund.md#amounts"
  },
  {
    "code": "payment-not-refundable",
    "status": 409,
    "title": "The payment cannot be refunded",
    "retry": "never",
    "spec": "extensions/refund.md#amounts"
  },
  {
    "code": "refund-unknown",
    "status": 404,
    "title": "The refund is not known here",
    "retry": "never",
    "spec": "extensions/refund.md#amounts"
  },
  {
    "code": "dispute-unknown",
    "status": 404,
    "title": "There is no such dispute",
    "retry": "never",
    "spec": "extensions/dispute.md#life"
  },
  {
    "code": "dispute-state-invalid",
    "status": 409,
    "title": "The dispute cannot take this step now",
    "retry": "never",
    "spec": "extensions/dispute.md#life"
  },
  {
    "code": "dispute-late",
    "status": 409,
    "title": "The time for this step of the dispute is over",
    "retry": "never",
    "spec": "extensions/dispute.md#life"
  },
  {
    "code": "dispute-exists",
    "status": 409,
    "title": "There is an open dispute about this payment already",
    "retry": "never",
    "spec": "extensions/dispute.md#life"
  },
  {
    "code": "dispute-request-reused",
    "status": 409,
    "title": "The dispute request was used with other content",
    "retry": "with-new-key",
    "spec": "extensions/dispute.md#life"
  },
  {
    "code": "notification-out-of-order",
    "status": 409,
    "title": "An earlier notification has not come yet",
    "retry": "after",
    "spec": "extensions/dispute.md#notifications"
  },
  {
    "code": "participant-unknown",
    "status": 404,
    "title": "The agent takes no part in clearing here",
    "retry": "never",
    "spec": "extensions/clearing.md#participants"
  },
  {
    "code": "channel-unknown",
    "status": 404,
    "title": "There is no such channel here",
    "retry": "never",
    "spec": "extensions/clearing.md#channels"
  },
  {
    "code": "channel-descriptor-mismatch",
    "status": 422,
    "title": "The descriptor is not for this clearing or says otherwise than the request",
    "retry": "never",
    "spec": "extensions/clearing.md#channels"
  },
  {
    "code": "signer-key-invalid",
    "status": 422,
    "title": "The signer key is no Ed25519 key that can bind anybody",
    "retry": "never",
    "spec": "extensions/clearing.md#channels"
  },
  {
    "code": "scale-mismatch",
    "status": 422,
    "title": "The scale is not the one of the channel",
    "retry": "never",
    "spec": "extensions/clearing.md#amounts"
  },
  {
    "code": "micro-amount-malformed",
    "status": 422,
    "title": "The amount is no whole number of atomic units",
    "retry": "never",
    "spec": "extensions/clearing.md#amounts"
  },
  {
    "code": "micro-amount-negative",
    "status": 422,
    "title": "The amount is negative",
    "retry": "never",
    "spec": "extensions/clearing.md#amounts"
  },
  {
    "code": "micro-amount-fractional",
    "status": 422,
    "title": "The amount is not whole at this scale",
    "retry": "never",
    "spec": "extensions/clearing.md#amounts"
  },
  {
    "code": "micro-amount-zero",
    "status": 422,
    "title": "The amount is zero",
    "retry": "never",
    "spec": "extensions/clearing.md#amounts"
  },
  {
    "code": "micro-amount-overflow",
    "status": 422,
    "title": "The amount is larger than the books can hold",
    "retry": "never",
    "spec": "extensions/clearing.md#amounts"
  },
  {
    "code": "channel-closed",
    "status": 410,
    "title": "The channel is closed",
    "retry": "never",
    "spec": "extensions/clearing.md#closing"
  },
  {
    "code": "channel-closing",
    "status": 409,
    "title": "The channel is closing",
    "retry": "never",
    "spec": "extensions/clearing.md#closing"
  },
  {
    "code": "channel-not-started",
    "status": 409,
    "title": "The channel has not begun yet",
    "retry": "after",
    "spec": "extensions/clearing.md#channels"
  },
  {
    "code": "channel-expired",
    "status": 409,
    "title": "The channel has expired",
    "retry": "never",
    "spec": "extensions/clearing.md#closing"
  },
  {
    "code": "profile-mismatch",
    "status": 409,
    "title": "The channel takes ticks of the other profile",
    "retry": "never",
    "spec": "extensions/clearing.md#channels"
  },
  {
    "code": "voucher-malformed",
    "status": 422,
    "title": "The voucher is not what its channel takes",
    "retry": "never",
    "spec": "extensions/clearing.md#vouchers"
  },
  {
    "code": "voucher-expired",
    "status": 409,
    "title": "The voucher has expired",
    "retry": "never",
    "spec": "extensions/clearing.md#vouchers"
  },
  {
    "code": "voucher-conflict",
    "status": 409,
    "title": "Another voucher of this amount or sequence was taken before",
    "retry": "never",
    "spec": "extensions/clearing.md#vouchers"
  },
  {
    "code": "voucher-signature-invalid",
    "status": 422,
    "title": "The voucher is not signed by the signer of the channel",
    "retry": "never",
    "spec": "extensions/clearing.md#vouchers"
  },
  {
    "code": "chain-anchor-invalid",
    "status": 422,
    "title": "The anchor does not fit the channel or is not signed by its signer",
    "retry": "never",
    "spec": "extensions/clearing.md#chains"
  },
  {
    "code": "chain-link-malformed",
    "status": 422,
    "title": "The link is not 32 bytes with an index",
    "retry": "never",
    "spec": "extensions/clearing.md#chains"
  },
  {
    "code": "chain-skip-too-long",
    "status": 409,
    "title": "The link is too far ahead of the newest one",
    "retry": "same",
    "spec": "extensions/clearing.md#chains"
  },
  {
    "code": "chain-exhausted",
    "status": 409,
    "title": "The chain has no more links",
    "retry": "never",
    "spec": "extensions/clearing.md#chains"
  },
  {
    "code": "chain-link-wrong",
    "status": 422,
    "title": "The link does not lead to the newest one",
    "retry": "never",
    "spec": "extensions/clearing.md#chains"
  },
  {
    "code": "channel-cap-exceeded",
    "status": 409,
    "title": "The tick would exceed what the channel holds",
    "retry": "never",
    "spec": "extensions/clearing.md#vouchers"
  },
  {
    "code": "delivered-exceeds-authorised",
    "status": 409,
    "title": "More would be delivered than was authorised",
    "retry": "never",
    "spec": "extensions/clearing.md#delivery"
  },
  {
    "code": "credit-exceeded",
    "status": 409,
    "title": "Prefunding and credit of the participant do not cover it",
    "retry": "never",
    "spec": "extensions/clearing.md#participants"
  },
  {
    "code": "cycle-unknown",
    "status": 404,
    "title": "There is no such cycle here",
    "retry": "never",
    "spec": "extensions/clearing.md#cycles"
  },
  {
    "code": "settlement-leg-unknown",
    "status": 404,
    "title": "There is no such settlement leg",
    "retry": "never",
    "spec": "extensions/clearing.md#cycles"
  },
  {
    "code": "settlement-leg-conflict",
    "status": 409,
    "title": "The settlement leg has ended otherwise before",
    "retry": "never",
    "spec": "extensions/clearing.md#cycles"
  },
  {
    "code": "clearing-busy",
    "status": 503,
    "title": "More ticks wait than the server takes",
    "retry": "after",
    "spec": "extensions/clearing.md#windows"
  },
  {
    "code": "tick-records-malformed",
    "status": 400,
    "title": "The message is not whole records, or has more than one message may hold",
    "retry": "never",
    "spec": "extensions/clearing.md#records"
  },
  {
    "code": "tick-handle-unknown",
    "status": 404,
    "title": "The record has a handle that names no channel on this stream",
    "retry": "never",
    "spec": "extensions/clearing.md#records"
  },
  {
    "code": "protocol-unknown",
    "status": 422,
    "title": "The message is of no protocol the bridge speaks",
    "retry": "never",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "message-too-large",
    "status": 413,
    "title": "The foreign message is too large or too deep",
    "retry": "never",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "message-malformed",
    "status": 400,
    "title": "The foreign message cannot be read",
    "retry": "never",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "card-data-present",
    "status": 422,
    "title": "The message holds card data",
    "retry": "never",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "foreign-wire-form-unsupported",
    "status": 422,
    "title": "The message is in a form that is known and not supported",
    "retry": "never",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "foreign-signature-missing",
    "status": 401,
    "title": "The foreign message is not signed",
    "retry": "never",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "foreign-fields-missing",
    "status": 400,
    "title": "The foreign message lacks required fields",
    "retry": "never",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "foreign-algorithm-not-allowed",
    "status": 401,
    "title": "The foreign signature algorithm is not allowed",
    "retry": "never",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "foreign-window-invalid",
    "status": 401,
    "title": "The foreign signature is valid for too long",
    "retry": "never",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "foreign-not-yet-valid",
    "status": 401,
    "title": "The foreign signature is not valid yet",
    "retry": "after",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "foreign-expired",
    "status": 401,
    "title": "The foreign signature is expired",
    "retry": "with-new-key",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "foreign-agent-unknown",
    "status": 401,
    "title": "The agent is in no trusted directory",
    "retry": "never",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "foreign-key-mismatch",
    "status": 401,
    "title": "The key does not fit the algorithm or the agent",
    "retry": "never",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "foreign-audience-mismatch",
    "status": 403,
    "title": "The foreign message is for somebody else",
    "retry": "never",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "foreign-signature-invalid",
    "status": 401,
    "title": "The foreign signature does not verify",
    "retry": "never",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "foreign-nonce-replayed",
    "status": 401,
    "title": "The foreign nonce was used before",
    "retry": "with-new-key",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "foreign-object-mismatch",
    "status": 422,
    "title": "An object of the message does not belong to its signature",
    "retry": "never",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "foreign-currency-missing",
    "status": 422,
    "title": "The message names an amount without currency and none is configured",
    "retry": "never",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "foreign-constraint-unknown",
    "status": 422,
    "title": "The message holds a constraint the bridge does not know",
    "retry": "never",
    "spec": "extensions/http.md#bridge"
  },
  {
    "code": "directory-unavailable",
    "status": 503,
    "title": "The key directory cannot be read",
    "retry": "after",
    "spec": "extensions/http.md#bridge"
  }
] as const
