package sqlite

import (
	"bytes"
	"strings"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// ContainsText is the function of SQL by which texts are searched: ContainsText(term, text, ...) is 1 where the term stands in the texts,
// joined by blanks, whatever the case of their ASCII letters, and else 0. The term's own are in lower case. SQLite's own functions would
// copy a text twice, and compare it letter by letter, in ten times the time.
const ContainsText = "praetor_contains_text"

// register makes our own functions known to the connection.
func (c *Conn) register() error {
	name, err := libc.CString(ContainsText)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, name)
	// What libc calls is where the code of a function value lies; the value is never collected.
	code := *(*uintptr)(unsafe.Pointer(&struct {
		f func(*libc.TLS, uintptr, int32, uintptr)
	}{containsText}))
	const flags = sqlite3.SQLITE_UTF8 | sqlite3.SQLITE_DETERMINISTIC
	if code := sqlite3.Xsqlite3_create_function(c.tls, c.db, name, -1, flags, 0, code, 0, 0); code != sqlite3.SQLITE_OK {
		return c.failure(code)
	}
	return nil
}

func containsText(tls *libc.TLS, context uintptr, count int32, arguments uintptr) {
	values := unsafe.Slice((*uintptr)(pointer(arguments)), count)
	texts := make([][]byte, 0, 8)
	for _, v := range values {
		var text []byte
		if address := sqlite3.Xsqlite3_value_blob(tls, v); address != 0 {
			text = unsafe.Slice((*byte)(pointer(address)), sqlite3.Xsqlite3_value_bytes(tls, v))
		}
		texts = append(texts, text)
	}
	var found int32
	if len(texts) > 0 && contains(texts[1:], texts[0]) {
		found = 1
	}
	sqlite3.Xsqlite3_result_int(tls, context, found)
}

// contains tells whether the term, whose ASCII letters are small, stands in the texts, joined by blanks.
func contains(texts [][]byte, term []byte) bool {
	if len(term) == 0 {
		return true
	}
	if bytes.IndexByte(term, ' ') >= 0 { // it may go from one text to the next
		return containsFold(bytes.Join(texts, []byte{' '}), term)
	}
	for _, text := range texts {
		if containsFold(text, term) {
			return true
		}
	}
	return false
}

// containsFold looks for the rarest of the term's bytes, which the processor does many bytes at a time, and compares what surrounds it.
func containsFold(text, term []byte) bool {
	at := rarest(term)
	if around(text, term, at, term[at]) {
		return true
	}
	return 'a' <= term[at] && term[at] <= 'z' && around(text, term, at, term[at]-'a'+'A')
}

// around tells whether the term stands where its byte number at is spelled so.
func around(text, term []byte, at int, spelled byte) bool {
	for from := at; from+len(term)-at <= len(text); from++ {
		i := bytes.IndexByte(text[from:], spelled)
		if i < 0 {
			return false
		}
		from += i
		if from-at+len(term) <= len(text) && equalFold(text[from-at:from-at+len(term)], term) {
			return true
		}
	}
	return false
}

func equalFold(text, lower []byte) bool {
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// rarest is the place of the byte that JSON documents about runs hold least of, by a rough order.
func rarest(term []byte) int {
	const common = `"e tarnsio0:_-,u1dlpcm2.f34y5h6g789bk{}[]vwx`
	place, rank := 0, -1
	for i, c := range term {
		r := strings.IndexByte(common, c)
		if r < 0 {
			return i
		}
		if r > rank {
			place, rank = i, r
		}
	}
	return place
}
