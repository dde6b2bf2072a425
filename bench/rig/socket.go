package rig

import (
	"context"
	"fmt"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// Dial opens one of the server's websockets as the client does: with its subprotocol, and greeted.
func (s *Server) Dial(ctx context.Context, path string) (*websocket.Conn, error) {
	options := &websocket.DialOptions{Subprotocols: []string{"prefect"}}
	if s.Encode.Compress {
		options.CompressionMode = websocket.CompressionContextTakeover
	}
	socket, response, err := websocket.Dial(ctx, "ws://"+s.Addr+"/api"+path, options)
	if response != nil && response.Body != nil {
		_ = response.Body.Close() // it was read by then
	}
	if err != nil {
		return nil, err
	}
	if err := greet(ctx, socket); err != nil {
		_ = socket.CloseNow() // there is an error already
		return nil, err
	}
	return socket, nil
}

func greet(ctx context.Context, socket *websocket.Conn) error {
	if err := wsjson.Write(ctx, socket, map[string]any{"type": "auth", "token": nil}); err != nil {
		return err
	}
	var greeting struct {
		Type string `json:"type"`
	}
	if err := wsjson.Read(ctx, socket, &greeting); err != nil {
		return err
	}
	if greeting.Type != "auth_success" {
		return fmt.Errorf("the server answers the handshake with %q", greeting.Type)
	}
	return nil
}
