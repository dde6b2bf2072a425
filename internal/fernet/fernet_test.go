package fernet

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The vectors of the specification (generate.json and verify.json).
const (
	vectorKey   = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
	vectorToken = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=="
	vectorTime  = "1985-10-26T01:20:00-07:00"
)

func vector(t *testing.T) Key {
	t.Helper()
	k, err := ParseKey(vectorKey)
	require.NoError(t, err)
	return k
}

func TestVectors(t *testing.T) {
	t.Parallel()
	now, err := time.Parse(time.RFC3339, vectorTime)
	require.NoError(t, err)
	iv := [half]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	require.Equal(t, vectorToken, vector(t).encrypt([]byte("hello"), now, iv))
	message, err := vector(t).Decrypt(vectorToken)
	require.NoError(t, err)
	require.Equal(t, "hello", string(message))
}

func TestKeys(t *testing.T) {
	t.Parallel()
	k := NewKey()
	require.NotEqual(t, k, NewKey())
	again, err := ParseKey(k.String())
	require.NoError(t, err)
	require.Equal(t, k, again)
	standard, err := ParseKey("cw/0x689RpI+jtRR7oE8h/eQsKImvJapLeSbXpwF4e4=")
	require.NoError(t, err)
	require.Equal(t, vector(t), standard)
	for _, bad := range []string{"", "a", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e", vectorKey + "AAAA", "%w_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="} {
		_, err := ParseKey(bad)
		require.Error(t, err, bad)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	k := NewKey()
	for size := range 70 {
		message := bytes.Repeat([]byte{byte(size)}, size)
		token := k.Encrypt(message, time.Unix(1, 0))
		require.NotEqual(t, token, k.Encrypt(message, time.Unix(1, 0)), "every token has its own IV")
		got, err := k.Decrypt(token)
		require.NoError(t, err)
		require.Equal(t, message, append([]byte{}, got...))
		_, err = NewKey().Decrypt(token)
		require.ErrorIs(t, err, ErrInvalid)
	}
}

func TestInvalidTokens(t *testing.T) {
	t.Parallel()
	k := vector(t)
	good, err := base64.URLEncoding.DecodeString(vectorToken)
	require.NoError(t, err)
	// signed is a token with a right signature over whatever it holds.
	signed := func(body []byte) string { return base64.URLEncoding.EncodeToString(k.sign(body, body)) }
	body := func() []byte { return bytes.Clone(good[:len(good)-32]) }
	padded := func(last byte) string {
		b := slices.Concat(body()[:headerSize], make([]byte, aes.BlockSize))
		b[len(b)-1] = last
		cipher.NewCBCEncrypter(k.block(), b[9:headerSize]).CryptBlocks(b[headerSize:], b[headerSize:])
		return signed(b)
	}
	require.Equal(t, vectorToken, signed(body()))
	otherVersion := body()
	otherVersion[0] = 0x81
	otherIV := body()
	otherIV[9] ^= 0xff // the first byte of the message changes, and no padding: only the signature can tell
	for name, token := range map[string]string{
		"empty":              "",
		"not Base64":         "%" + vectorToken[1:],
		"cut short":          vectorToken[:60],
		"no message":         signed(body()[:headerSize]),
		"half a block":       signed(append(body(), 1, 2, 3)),
		"another version":    signed(otherVersion),
		"a changed message":  base64.URLEncoding.EncodeToString(append(otherIV, good[len(good)-32:]...)),
		"padding of nothing": padded(0),
		"too much padding":   padded(17),
		"uneven padding":     padded(2),
		"without padding":    vectorToken[:len(vectorToken)-2],
	} {
		_, err := k.Decrypt(token)
		require.ErrorIs(t, err, ErrInvalid, name)
	}
}
