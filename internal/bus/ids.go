package bus

import (
	"encoding/base64"
	"errors"

	"github.com/google/uuid"
)

// idsPerText is how many ids a note's text has room for.
const idsPerText = MaxText / 4 * 3 / len(uuid.UUID{})

// PackIDs writes ids as the texts of as few notes as they fit into.
func PackIDs(ids []uuid.UUID) []string {
	texts := make([]string, 0, len(ids)/idsPerText+1)
	for len(ids) > 0 {
		n := min(len(ids), idsPerText)
		raw := make([]byte, 0, n*len(uuid.UUID{}))
		for i := range n {
			raw = append(raw, ids[i][:]...)
		}
		texts = append(texts, base64.RawStdEncoding.EncodeToString(raw))
		ids = ids[n:]
	}
	return texts
}

// UnpackIDs reads a text of PackIDs.
func UnpackIDs(text string) ([]uuid.UUID, error) {
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(raw)%len(uuid.UUID{}) != 0 {
		return nil, errors.New("the note holds no list of ids")
	}
	ids := make([]uuid.UUID, len(raw)/len(uuid.UUID{}))
	for i := range ids {
		copy(ids[i][:], raw[i*len(uuid.UUID{}):])
	}
	return ids, nil
}
