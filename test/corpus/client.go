package corpus

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

// Client sends the steps of a corpus to one server.
type Client struct {
	base    string
	headers map[string]string
	http    *http.Client
}

// NewClient makes a client for the API at base, for example
// http://127.0.0.1:4200/api. Headers are sent with every request.
func NewClient(base string, headers map[string]string) *Client {
	return &Client{
		base:    base,
		headers: headers,
		http: &http.Client{
			// Compression is asked for only where a step says so. The reference closes
			// connections that are idle for 5 s, and a request may meet the closing.
			Transport: &http.Transport{DisableCompression: true, IdleConnTimeout: time.Second},
			Timeout:   time.Minute,
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse
			},
		},
	}
}

// Close gives back the connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Response is a server's answer to a step.
type Response struct {
	Status  int
	Headers http.Header
	// JSON is the decoded body (numbers as json.Number), when IsJSON.
	JSON   any
	IsJSON bool
	Text   string
	// SentAt is when the request was sent.
	SentAt time.Time
}

// settle is how long a step is repeated whose answer is not what it waits for.
const settle = 30 * time.Second

// Do sends a step's request, and sends it again until its answer has what the step waits for.
func (c *Client) Do(ctx context.Context, step *Step, vars *Vars) (*Response, error) {
	for begun := time.Now(); ; {
		response, err := c.send(ctx, step, vars)
		if err != nil || step.settled(response) {
			return response, err
		}
		if time.Since(begun) > settle {
			return nil, fmt.Errorf("the answer never became %v", step.Until)
		}
		select {
		case <-time.After(settle / 100):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// settled tells whether an answer has what the step waits for.
func (s *Step) settled(response *Response) bool {
	for pointer, want := range s.Until {
		value, err := lookup(response.JSON, pointer)
		if err != nil {
			return false
		}
		if got, err := json.Marshal(value); err != nil || !bytes.Equal(got, want) {
			return false
		}
	}
	return true
}

func (c *Client) send(ctx context.Context, step *Step, vars *Vars) (*Response, error) {
	path, body, err := expandRequest(step, vars)
	if err != nil {
		return nil, err
	}
	vars.noteIDs(step.Path, string(step.Body))
	if step.Raw != nil {
		vars.noteIDs(*step.Raw)
	}
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
	}
	address := c.base + path
	if strings.HasPrefix(path, c.base) { // a link that an answer gave
		address = path
	}
	request, err := http.NewRequestWithContext(ctx, step.Method, address, content)
	if err != nil {
		return nil, fmt.Errorf("build request: %w", err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, headers := range []map[string]string{c.headers, step.Headers} {
		if err := setHeaders(request.Header, headers, vars); err != nil {
			return nil, err
		}
	}
	sentAt := time.Now()
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("send request: %w", err)
	}
	defer answer.Body.Close()
	response, err := readResponse(answer, sentAt)
	if answer.StatusCode >= http.StatusInternalServerError {
		// The reference drops the connection after it has failed.
		c.http.CloseIdleConnections()
	}
	return response, err
}

// setHeaders applies headers; an empty value removes one.
func setHeaders(to http.Header, headers map[string]string, vars *Vars) error {
	for name, value := range headers {
		expanded, err := vars.Expand(value)
		if err != nil {
			return err
		}
		if expanded == "" {
			to.Del(name)
			continue
		}
		to.Set(name, expanded)
	}
	return nil
}

// expandRequest gives a step's path and body with the ${names} replaced.
func expandRequest(step *Step, vars *Vars) (path string, body []byte, err error) {
	if path, err = vars.Expand(step.Path); err != nil {
		return "", nil, err
	}
	body, err = requestBody(step, vars)
	return path, body, err
}

func requestBody(step *Step, vars *Vars) ([]byte, error) {
	if step.Raw != nil {
		expanded, err := vars.Expand(*step.Raw)
		return []byte(expanded), err
	}
	if step.Body == nil {
		return nil, nil
	}
	document, err := decodeJSON(step.Body)
	if err != nil {
		return nil, fmt.Errorf("read the step's body: %w", err)
	}
	expanded, err := vars.expandJSON(document)
	if err != nil {
		return nil, err
	}
	return json.Marshal(expanded)
}

func readResponse(answer *http.Response, sentAt time.Time) (*Response, error) {
	var content io.Reader = answer.Body
	if answer.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(answer.Body)
		if err != nil {
			return nil, fmt.Errorf("unpack the answer: %w", err)
		}
		content = unpacked
	}
	body, err := io.ReadAll(content)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	response := &Response{Status: answer.StatusCode, Headers: answer.Header, SentAt: sentAt}
	media, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil {
		media = ""
	}
	if len(body) > 0 && (media == "application/json" || strings.HasSuffix(media, "+json")) {
		if response.JSON, err = decodeJSON(body); err != nil {
			return nil, fmt.Errorf("the answer says it is JSON and is not: %w", err)
		}
		response.IsJSON = true
		return response, nil
	}
	response.Text = string(body)
	return response, nil
}

// decodeJSON decodes one document and keeps its numbers as they are written.
func decodeJSON(raw []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one document")
	}
	return document, nil
}
