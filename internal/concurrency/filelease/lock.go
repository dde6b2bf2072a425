package filelease

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// lock is a file whose being there means that somebody holds it; the process id in it tells who. The reference's servers
// honour it too.
type lock struct{ path string }

const (
	lockStep = 10 * time.Millisecond // between two looks at a lock that is held
	lockWait = 5 * time.Second       // after which one gives up
	// nobodysAge is after how long a lock that names no process is nobody's: its writer died on the way.
	nobodysAge = 5 * time.Second
)

// take waits for the lock.
func (l lock) take(ctx context.Context, now func() time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	for {
		err := l.write()
		if err == nil || !errors.Is(err, fs.ErrExist) {
			return err
		}
		l.removeStale(now())
		step, done := context.WithTimeout(ctx, lockStep)
		<-step.Done()
		done()
		if ctx.Err() != nil {
			return fmt.Errorf("the leases are locked by %s: %w", l.path, ctx.Err())
		}
	}
}

// write makes the lock, with its contents at once: a link to a file that is complete.
func (l lock) write() error {
	f, err := os.CreateTemp(filepath.Dir(l.path), ".lock_*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(strconv.Itoa(os.Getpid()))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Link(f.Name(), l.path)
	}
	if removeErr := os.Remove(f.Name()); err == nil {
		err = removeErr
	}
	return err
}

// removeStale removes a lock whose process is gone, unless it has become another's meanwhile.
func (l lock) removeStale(now time.Time) {
	before, err := os.Stat(l.path)
	if err != nil {
		return
	}
	text, err := os.ReadFile(l.path)
	if err != nil {
		return
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil && now.Sub(before.ModTime()) < nobodysAge || err == nil && alive(pid) {
		return
	}
	if after, err := os.Stat(l.path); err == nil && os.SameFile(before, after) {
		_ = os.Remove(l.path) // if that fails, the next look tells
	}
}

func alive(pid int) bool { return !errors.Is(unix.Kill(pid, 0), unix.ESRCH) }

func (l lock) leave() error { return os.Remove(l.path) }
