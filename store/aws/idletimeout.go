package aws

import (
	"context"
	"net"
	"net/http"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

const (
	// idleS3 fits into the time that a lease holds, with a repetition. S3
	// answers within a second or two.
	idleS3 = 20 * time.Second
	// idleLambda leaves PublishLayerVersion time to copy and unpack a large zip.
	idleLambda = 2 * time.Minute
)

// limitIdle returns client with connections that fail when nothing moves on
// them for the limit, in either direction: the server hangs, or the way to it is
// cut. A slow upload is not silence. (The SDK's own read timeout would count
// from the first byte sent.)
func limitIdle(client awssdk.HTTPClient, limit time.Duration) awssdk.HTTPClient {
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	buildable, ok := client.(*awshttp.BuildableClient)
	if !ok {
		return client
	}
	return buildable.WithReadTimeout(0).WithTransportOptions(func(t *http.Transport) {
		dial := t.DialContext
		if dial == nil {
			dial = buildable.GetDialer().DialContext
		}
		t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &idleConn{c, limit}, nil
		}
	})
}

// idleConn moves its deadlines on whenever something is read or written.
type idleConn struct {
	net.Conn
	limit time.Duration
}

func (c *idleConn) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.limit)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

// Write moves the deadline of a Read that is waiting, too.
func (c *idleConn) Write(b []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.limit)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}
