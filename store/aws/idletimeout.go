package aws

import (
	"context"
	"net"
	"net/http"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/lamella-build/lamella/internal/bound"
)

const (
	// idleS3 leaves time for a retry while a lease lasts. S3 responds within a second or
	// two.
	idleS3 = 20 * time.Second
	// idleLambda gives PublishLayerVersion time to copy and unpack a large zip.
	idleLambda = 2 * time.Minute
)

// limitIdle returns client with connections that fail if no byte moves in either direction
// within limit, because the server hangs or the network is down. A slow upload does not
// count as idle, unlike with the SDK's own read timeout, which starts with the first byte
// sent.
func limitIdle(client awssdk.HTTPClient, limit time.Duration) awssdk.HTTPClient {
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	buildable, ok := client.(*awshttp.BuildableClient)
	if !ok {
		return client
	}
	return buildable.WithReadTimeout(0).WithTransportOptions(func(t *http.Transport) {
		t.MaxResponseHeaderBytes = bound.Header
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

// idleConn extends its deadlines with every read and write.
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

// Write also extends the deadline of a concurrent Read.
func (c *idleConn) Write(b []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.limit)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}
