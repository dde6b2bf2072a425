package blocks

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"praetor/internal/fernet"
	"praetor/internal/prefect"
)

// encryptionKey is where the database keeps the key of its blocks: {"fernet_key": ...}. The reference reads it there too.
const encryptionKey = "ENCRYPTION_KEY"

// Vault encrypts what block documents hold.
type Vault struct {
	key *fernet.Key // nil: the key that the database keeps
}

// NewVault makes a vault with a Fernet key. Without one, the key that the database keeps is used; the first document makes it.
func NewVault(key string) (*Vault, error) {
	if key == "" {
		return &Vault{}, nil
	}
	k, err := fernet.ParseKey(key)
	if err != nil {
		return nil, fmt.Errorf("the encryption key of blocks: %w", err)
	}
	return &Vault{key: &k}, nil
}

// seal encrypts data and gives the JSON string that is stored.
func (v *Vault) seal(ctx context.Context, tx Tx, data prefect.Raw) (prefect.Raw, error) {
	key := v.key
	if key == nil {
		var err error
		if key, err = storedKey(ctx, tx); err != nil {
			return nil, err
		}
		if key == nil {
			if err := tx.AddConfiguration(ctx, encryptionKey, keptKey{fernet.NewKey().String()}); err != nil {
				return nil, err
			}
			// Another server may have been first: its key counts.
			if key, err = storedKey(ctx, tx); err != nil {
				return nil, err
			}
			if key == nil {
				return nil, fmt.Errorf("the configuration %s was not stored", encryptionKey)
			}
		}
	}
	return prefect.Raw(`"` + key.Encrypt(data, tx.Now().Time) + `"`), nil
}

// opener gives the function that decrypts what the database of tx stores.
func (v *Vault) opener(ctx context.Context, tx Tx) (func(token prefect.Raw) (prefect.Object, error), error) {
	key := v.key
	if key == nil {
		var err error
		if key, err = storedKey(ctx, tx); err != nil {
			return nil, err
		}
	}
	return func(token prefect.Raw) (prefect.Object, error) {
		var text string
		if key == nil || json.Unmarshal(token, &text) != nil {
			return nil, errSealed
		}
		data, err := key.Decrypt(text)
		if err != nil {
			return nil, errSealed
		}
		return data, nil
	}, nil
}

// errSealed is the error for data that this server cannot read. It is the operator's to solve, not the client's; but as long as
// it stands, asking again leads nowhere.
var errSealed = prefect.NewError(prefect.Conflict, "The data of a block cannot be decrypted: it was encrypted with another key than this server's. See PREFECT_SERVER_ENCRYPTION_KEY.")

type keptKey struct {
	Key string `json:"fernet_key"`
}

// storedKey is the key that the database keeps, or nil.
func storedKey(ctx context.Context, tx Tx) (*fernet.Key, error) {
	value, err := tx.Configuration(ctx, encryptionKey)
	if err != nil || value == nil {
		return nil, err
	}
	var kept keptKey
	if err := json.Unmarshal(value, &kept); err != nil {
		return nil, fmt.Errorf("the configuration %s is not understood: %w", encryptionKey, err)
	}
	key, err := fernet.ParseKey(kept.Key)
	if err != nil {
		return nil, fmt.Errorf("the configuration %s: %w", encryptionKey, err)
	}
	return &key, nil
}
