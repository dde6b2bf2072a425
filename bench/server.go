package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// startLimit is long enough for the reference to make its schema on a machine with other work.
	startLimit = 3 * time.Minute
	stopLimit  = time.Minute
	// startPoll is how exactly a start is timed; a refused connection costs some 50 µs of CPU.
	startPoll = 2 * time.Millisecond
	// killLimit bounds what is left to do after an interrupt.
	killLimit = 10 * time.Second
)

// server is one of the two that are compared, with the database that it is on.
type server struct {
	name    string // "reference" or "praetor"
	command string
	db      database
	dir     string // its home and its log
	timeout time.Duration
	encode  encoder
	addr    string
	// database is the URL of the one on which it was last started.
	database string

	cmd   *exec.Cmd
	ended *ending
	// exited is the end of a process that nobody asked to end.
	exited error
	world  world
}

// ending is the end of a process: err may be read once done is closed.
type ending struct {
	done chan struct{}
	err  error
}

// start runs the server on the database and waits for its first 200 from /api/health. It returns how long that took.
func (s *server) start(ctx context.Context, dbURL string) (took time.Duration, err error) {
	if s.addr, err = freeAddress(ctx); err != nil {
		return 0, err
	}
	s.encode.host, s.database = s.addr, dbURL
	_, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return 0, err
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return 0, err
	}
	defer func() { _ = log.Close() }() // the process has its own handle

	// Not CommandContext: an interrupt of the bench must let the server end in order.
	s.cmd = exec.Command(s.command, "server", "start", "--host", "127.0.0.1", "--port", port) //nolint:noctx // see above
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.cmd.Env = append(cleanEnvironment(),
		"PREFECT_HOME="+s.dir,
		"PREFECT_API_DATABASE_CONNECTION_URL="+dbURL,
		"PREFECT_SERVER_ANALYTICS_ENABLED=false")
	// A group of its own: an interrupt at the terminal reaches the bench only, which then stops the servers.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	begin := time.Now()
	if err := s.cmd.Start(); err != nil {
		return 0, err
	}
	s.ended, s.exited = &ending{done: make(chan struct{})}, nil
	go func(cmd *exec.Cmd, ended *ending) {
		ended.err = cmd.Wait()
		close(ended.done)
	}(s.cmd, s.ended)

	if err := s.awaitHealth(ctx, begin); err != nil {
		return 0, errors.Join(fmt.Errorf("%s does not start (see %s): %w", s.name, log.Name(), err), s.kill())
	}
	return time.Since(begin), nil
}

func (s *server) awaitHealth(ctx context.Context, begin time.Time) error {
	health := s.encode.request("GET", "/health", nil)
	c := newConn(s.addr, 5*time.Second)
	defer c.close()
	poll := time.NewTicker(startPoll)
	defer poll.Stop()
	for time.Since(begin) < startLimit {
		if status, err := c.do(ctx, health); err == nil && status == 200 {
			return nil
		}
		select {
		case <-poll.C:
		case <-s.ended.done:
			return fmt.Errorf("it ended: %w", s.ended.err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return fmt.Errorf("no 200 from /api/health within %s", startLimit)
}

// alive tells a crash from a slow answer.
func (s *server) alive() error {
	if s.exited != nil {
		return s.exited
	}
	select {
	case <-s.ended.done:
		s.exited = fmt.Errorf("%s ended by itself (see its log in %s): %w", s.name, s.dir, s.ended.err)
		return s.exited
	default:
		return nil
	}
}

// stop asks the server to end and returns how long it took.
func (s *server) stop() (time.Duration, error) {
	if err := s.alive(); err != nil {
		s.cmd = nil
		return 0, err
	}
	begin := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, errors.Join(err, s.kill())
	}
	limit := time.NewTimer(stopLimit)
	defer limit.Stop()
	select {
	case <-s.ended.done: // its exit status after SIGTERM is its own business: both servers have their habits
		s.cmd = nil
		return time.Since(begin), nil
	case <-limit.C:
		return 0, errors.Join(fmt.Errorf("%s still runs %s after SIGTERM", s.name, stopLimit), s.kill())
	}
}

// kill ends what still runs, children included. It may be called at any time.
func (s *server) kill() error {
	if s.cmd == nil || s.exited != nil {
		return nil
	}
	err := syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		err = nil
	}
	limit := time.NewTimer(killLimit)
	defer limit.Stop()
	select {
	case <-s.ended.done:
	case <-limit.C:
		err = errors.Join(err, fmt.Errorf("%s (process %d) cannot be killed", s.name, s.cmd.Process.Pid))
	}
	s.cmd = nil
	return err
}

func (s *server) pid() int { return s.cmd.Process.Pid }

// api is a new careful client of the server.
func (s *server) api() *api { return &api{conn: newConn(s.addr, s.timeout), encode: s.encode} }

func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// cleanEnvironment is ours without the settings that somebody's shell may hold for either server.
func cleanEnvironment() []string {
	var env []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "PREFECT_") && !strings.HasPrefix(entry, "PRAETOR_") {
			env = append(env, entry)
		}
	}
	return env
}

// database makes databases of one kind, one for each server and each fresh start.
type database struct {
	kind  string // "sqlite" or "postgresql"
	dir   string
	admin *pgx.Conn
	names *[]string // made so far, in the order of their making
	// postmaster is PostgreSQL's first process, 0 when there is none on this machine.
	postmaster int
	// version is PostgreSQL's release and the settings that decide what a commit waits for.
	version string
}

// The databases' addresses begin as SQLAlchemy writes them, which both servers read.
const (
	sqliteScheme   = "sqlite+aiosqlite:///"
	postgresScheme = "postgresql+asyncpg://"
)

func openDatabase(ctx context.Context, cfg config, kind, dir string) (database, error) {
	db := database{kind: kind, dir: dir, names: &[]string{}}
	if kind == "sqlite" {
		return db, nil
	}
	admin, err := pgx.Connect(ctx, cfg.postgres)
	if err != nil {
		return database{}, err
	}
	db.admin = admin
	err = admin.QueryRow(ctx, "SELECT split_part(current_setting('server_version'), ' ', 1) || ', fsync ' || "+
		"current_setting('fsync') || ', synchronous_commit ' || current_setting('synchronous_commit')").Scan(&db.version)
	if err == nil {
		db.postmaster, err = postmaster(ctx, admin)
	}
	return db, err
}

// fresh makes an empty database and returns its URL in the form that both servers read.
func (d database) fresh(ctx context.Context, server string, number int) (string, error) {
	if d.kind == "sqlite" {
		return sqliteScheme + filepath.Join(d.dir, fmt.Sprintf("%s-%d.db", server, number)), nil
	}
	name := fmt.Sprintf("bench_%d_%s_%d", os.Getpid(), server, number)
	if _, err := d.admin.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		return "", err
	}
	*d.names = append(*d.names, name)
	config := d.admin.Config()
	address := url.URL{
		Scheme: strings.TrimSuffix(postgresScheme, "://"),
		User:   url.User(config.User),
		Host:   net.JoinHostPort(config.Host, fmt.Sprint(config.Port)),
		Path:   "/" + name,
	}
	if config.Password != "" {
		address.User = url.UserPassword(config.User, config.Password)
	}
	return address.String(), nil
}

// close drops every database that was made.
func (d database) close(ctx context.Context) error {
	if d.admin == nil {
		return os.RemoveAll(d.dir)
	}
	var errs []error
	for _, name := range *d.names {
		_, err := d.admin.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
		errs = append(errs, err)
	}
	return errors.Join(append(errs, d.admin.Close(ctx))...)
}
