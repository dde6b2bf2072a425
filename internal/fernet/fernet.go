// Package fernet seals short messages as Fernet tokens (https://github.com/fernet/spec, version 0x80): AES-128 in CBC mode
// with an HMAC-SHA256 over everything. Prefect's server keeps the data of blocks in this form.
//
// It is written over the standard library because it is small, finished (the format has one version since 2013) and has the
// specification's test vectors, while the Go module of that name has never been released.
package fernet

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"time"
)

const (
	version    = 0x80
	half       = 16           // bytes of the signing key, of the encryption key and of an IV
	headerSize = 1 + 8 + half // version, time, IV
	leastSize  = headerSize + aes.BlockSize + sha256.Size
)

// ErrInvalid is the error for everything that is no token made with the key.
var ErrInvalid = errors.New("the token is invalid, or was made with another key")

// Key is a signing key and an encryption key.
type Key struct{ signing, encryption [half]byte }

// NewKey makes a random key.
func NewKey() Key {
	var k Key
	_, _ = rand.Read(k.signing[:]) // never fails
	_, _ = rand.Read(k.encryption[:])
	return k
}

// ParseKey reads 32 bytes in Base64. Both alphabets are taken, as Python does.
func ParseKey(text string) (Key, error) {
	raw, err := base64.URLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(text))
	if err != nil || len(raw) != 2*half {
		return Key{}, errors.New("a Fernet key is 32 bytes in URL-safe Base64")
	}
	return Key{[half]byte(raw[:half]), [half]byte(raw[half:])}, nil
}

// String is the key as ParseKey reads it. It is a secret.
func (k Key) String() string {
	return base64.URLEncoding.EncodeToString(append(k.signing[:], k.encryption[:]...))
}

// Encrypt makes a token of the message. now is written into it, in whole seconds.
func (k Key) Encrypt(message []byte, now time.Time) string {
	var iv [half]byte
	_, _ = rand.Read(iv[:]) // never fails
	return k.encrypt(message, now, iv)
}

func (k Key) encrypt(message []byte, now time.Time, iv [half]byte) string {
	padding := aes.BlockSize - len(message)%aes.BlockSize
	token := make([]byte, headerSize, headerSize+len(message)+padding+sha256.Size)
	token[0] = version
	binary.BigEndian.PutUint64(token[1:], uint64(now.Unix()))
	copy(token[9:], iv[:])
	token = append(token, message...)
	token = append(token, bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(k.block(), iv[:]).CryptBlocks(token[headerSize:], token[headerSize:])
	return base64.URLEncoding.EncodeToString(k.sign(token, token))
}

// Decrypt gives the message of a token, whatever its age.
func (k Key) Decrypt(token string) ([]byte, error) {
	raw, err := base64.URLEncoding.DecodeString(token)
	if err != nil || len(raw) < leastSize || raw[0] != version || (len(raw)-headerSize-sha256.Size)%aes.BlockSize != 0 {
		return nil, ErrInvalid
	}
	signed, signature := raw[:len(raw)-sha256.Size], raw[len(raw)-sha256.Size:]
	if !hmac.Equal(k.sign(nil, signed), signature) {
		return nil, ErrInvalid
	}
	message := signed[headerSize:]
	cipher.NewCBCDecrypter(k.block(), signed[9:headerSize]).CryptBlocks(message, message)
	padding := int(message[len(message)-1])
	if padding == 0 || padding > aes.BlockSize || !bytes.Equal(message[len(message)-padding:], bytes.Repeat([]byte{byte(padding)}, padding)) {
		return nil, ErrInvalid
	}
	return message[:len(message)-padding], nil
}

// sign appends the signature of data to dst.
func (k Key) sign(dst, data []byte) []byte {
	mac := hmac.New(sha256.New, k.signing[:])
	mac.Write(data)
	return mac.Sum(dst)
}

func (k Key) block() cipher.Block {
	block, err := aes.NewCipher(k.encryption[:])
	if err != nil {
		panic(err) // the key always has a size that AES knows
	}
	return block
}
