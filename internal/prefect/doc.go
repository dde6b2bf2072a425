// Package prefect holds the words of the domain: the types that travel on the wire and live in the database, states,
// filters, sorts and typed errors. It decides nothing and stores nothing; every other package speaks in its terms.
//
// Field order in a struct is the order of the reference's model, because validation errors are listed in it. The tags
// are read by internal/api/wire: `json` names the field, `default` gives the JSON value of an absent field, `v` lists
// constraints. Fields without a default and without `,omitzero` semantics are required in request bodies only when
// tagged `v:"required"`.
package prefect
