package prefect

import "github.com/google/uuid"

// CSRFToken is what a browser client must send back with every request that changes something.
type CSRFToken struct {
	ID         uuid.UUID `json:"id"`
	Created    Time      `json:"created"`
	Updated    Time      `json:"updated"`
	Token      string    `json:"token"`
	Client     string    `json:"client"`
	Expiration Time      `json:"expiration"`
}
