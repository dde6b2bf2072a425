package corpus

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// File is one corpus file: steps that prepare the server, then scenarios that
// are independent of each other and share what the setup saved.
type File struct {
	// Name is the file's path below data/ without its extensions.
	Name string `json:"name"`
	// Settings are environment settings of the server (reference's names).
	Settings map[string]string `json:"settings,omitempty"`
	// RecordedOn is "postgres" for what the reference can do there only: on
	// SQLite its tag limits wait for a lock that the same request holds.
	RecordedOn string `json:"recorded_on,omitempty"`
	// Services tells that the server is to run its background services, but for those that Settings switch off.
	Services bool `json:"services,omitempty"`
	// Headers are sent with every request unless a step overrides them.
	Headers map[string]string `json:"headers,omitempty"`
	Setup   []*Step           `json:"setup,omitempty"`

	Scenarios []*Scenario `json:"-"`
}

// Scenario is a named list of requests, run in order.
type Scenario struct {
	Name  string  `json:"name"`
	Steps []*Step `json:"steps"`
}

// Step is one request and the answer expected to it.
type Step struct {
	Method string `json:"method"`
	// Path is below the API's base URL and may carry a query.
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers,omitempty"`
	// Body is sent as JSON, after its ${names} are replaced.
	Body json.RawMessage `json:"body,omitempty"`
	// Raw is sent as it is, in place of Body.
	Raw *string `json:"raw,omitempty"`
	// Save keeps values of the answer: name -> JSON pointer.
	Save map[string]string `json:"save,omitempty"`
	// Until repeats the request until these parts of the answer (JSON pointer -> value) are there: what a server does on
	// its own takes it a while.
	Until map[string]json.RawMessage `json:"until,omitempty"`
	// CompareHeaders names the answer's headers to compare.
	CompareHeaders []string `json:"compare_headers,omitempty"`
	// Loose maps JSON pointers (with * for any member) to "number", "string",
	// "any" or "duration" (a number of seconds that is near the recorded one):
	// parts of the answer that depend on the clock or on chance.
	Loose map[string]string `json:"loose,omitempty"`
	// Unordered are JSON pointers (with *) of arrays that have no order.
	Unordered []string `json:"unordered,omitempty"`
	// Project reduces a list of objects, at a JSON pointer to the answer or to a
	// member of it, to one member of each object.
	Project map[string]string `json:"project,omitempty"`
	// Sorted maps the pointer of a list, as in Project, to the member it is
	// ordered by (with a minus: descending), where the order of the same list
	// differs from server to server, as that of random ids does.
	Sorted map[string]string `json:"sorted,omitempty"`

	Answer *Answer `json:"answer,omitempty"`
	// Postgres is the answer on PostgreSQL where it differs.
	Postgres *Answer `json:"postgres,omitempty"`
}

// Answer is a recorded answer, as a pattern.
type Answer struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	// JSON is the body when it is JSON, Text when it is not; an empty body is neither.
	JSON json.RawMessage `json:"json,omitempty"`
	Text *string         `json:"text,omitempty"`
}

// Expected is the answer for a dialect ("sqlite" or "postgres").
func (s *Step) Expected(dialect string) *Answer {
	if dialect == "postgres" && s.Postgres != nil {
		return s.Postgres
	}
	return s.Answer
}

// Files lists the corpus files below dir, sorted by name.
func Files(dir string) ([]string, error) {
	var paths []string
	for _, pattern := range []string{"*.jsonl", "*.jsonl.gz"} {
		found, err := filepath.Glob(filepath.Join(dir, "*", pattern))
		if err != nil {
			return nil, fmt.Errorf("list corpus files: %w", err)
		}
		paths = append(paths, found...)
	}
	return paths, nil
}

// Load reads a corpus file or a plan: a line with the File, then one line a
// scenario; a name that ends in .gz is compressed.
func Load(path string) (*File, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read corpus file: %w", err)
	}
	var content io.Reader = bytes.NewReader(raw)
	if strings.HasSuffix(path, ".gz") {
		if content, err = gzip.NewReader(content); err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
	}
	decoder := json.NewDecoder(bufio.NewReaderSize(content, 1<<16))
	file := &File{}
	if err := decoder.Decode(file); err != nil {
		return nil, fmt.Errorf("read the head of %s: %w", path, err)
	}
	for {
		scenario := &Scenario{}
		err := decoder.Decode(scenario)
		if err == io.EOF {
			return file, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read scenario %d of %s: %w", len(file.Scenarios)+1, path, err)
		}
		file.Scenarios = append(file.Scenarios, scenario)
	}
}

// compressAbove is the size in bytes from which a corpus file is kept compressed.
const compressAbove = 100_000

// Save writes the file below dir, compressed when it is large, and removes the
// other form of it. The bytes depend on the content only.
func (f *File) Save(dir string) (string, error) {
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(f); err != nil {
		return "", fmt.Errorf("write %s: %w", f.Name, err)
	}
	for _, scenario := range f.Scenarios {
		if err := encoder.Encode(scenario); err != nil {
			return "", fmt.Errorf("write %s: scenario %s: %w", f.Name, scenario.Name, err)
		}
	}
	path := filepath.Join(dir, f.Name+".jsonl")
	other := path + ".gz"
	content := plain.Bytes()
	if plain.Len() > compressAbove {
		var packed bytes.Buffer
		writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			return "", fmt.Errorf("compress %s: %w", f.Name, err)
		}
		if _, err := writer.Write(content); err != nil {
			return "", fmt.Errorf("compress %s: %w", f.Name, err)
		}
		if err := writer.Close(); err != nil {
			return "", fmt.Errorf("compress %s: %w", f.Name, err)
		}
		content, path, other = packed.Bytes(), other, path
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("write %s: %w", f.Name, err)
	}
	if err := os.Remove(other); err != nil && !os.IsNotExist(err) {
		return "", fmt.Errorf("remove the other form of %s: %w", f.Name, err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		return "", fmt.Errorf("write %s: %w", f.Name, err)
	}
	return path, nil
}
