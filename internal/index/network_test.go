package index

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/catalogue"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/resolve"
)

// TestRedirectToNowhere: the password and the signature of a redirect that cannot
// be followed are not told, and it is not tried again.
func TestRedirectToNowhere(t *testing.T) {
	for _, location := range []string{"http://u:s3cret@[::bad/x?sig=s3cret", "ftp://u:s3cret@h/x?sig=s3cret", "//u:s3cret@[bad?sig=s3cret",
		"http://u:s3%zzcret@h/?token=s3cret", "file:///etc/passwd?s3cret", "http:u:s3cret@h/", "http://u:s3cret@h:port/#token=s3cret"} {
		b := newBench(t)
		asked := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
		}))
		d := b.distribution(demoName)
		d.File.URL = server.URL + "/" + demoName
		_, err := b.client.Fetch(t.Context(), []resolve.Distribution{d})
		server.Close()
		if err == nil || catalogue.KindOf(err) != fault.Index || asked != 1 {
			t.Errorf("%s: %v, asked %d times, want once", location, err, asked)
			continue
		}
		text := err.Error() + strings.Join(append(fault.Details(err), fault.Hints(err)...), " ")
		for kind := event.Begin; kind <= event.Debug; kind++ {
			text += b.messages(kind)
		}
		if strings.Contains(text, "s3cret") {
			t.Errorf("%s: the secret is told: %s", location, text)
		}
	}
}

// secureIndex serves the bench's files by TLS and returns its authority's file.
func (b *bench) secureIndex() (server *httptest.Server, ca string) {
	server = httptest.NewUnstartedServer(http.FileServer(http.Dir(b.dir)))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	b.Cleanup(server.Close)
	ca = filepath.Join(b.TempDir(), "ca.pem")
	content := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, content, 0o600); err != nil {
		b.Fatal(err)
	}
	return server, ca
}

// TestCertificates: all the places where pip, uv and curl are told of an
// authority, or of a host that needs none.
func TestCertificates(t *testing.T) {
	for _, name := range []string{"", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "cert", "cert, a folder", "PIP_TRUSTED_HOST",
		"trusted-host", "UV_INSECURE_HOST", "allow-insecure-host", "another trusted host"} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			server, ca := b.secureIndex()
			host := strings.TrimPrefix(server.URL, "https://")
			project, conf := t.TempDir(), filepath.Join(t.TempDir(), "pip.conf")
			env := environment{"PIP_CONFIG_FILE": conf}
			content := "[global]\n"
			switch name {
			case "cert":
				content += "cert = " + ca + "\n"
			case "cert, a folder":
				content += "cert = " + filepath.Dir(ca) + "\n"
			case "trusted-host":
				content += "trusted-host =\n    a.example\n    127.0.0.1\n"
			case "another trusted host":
				content += "trusted-host = b.example\n"
			case "allow-insecure-host":
				os.WriteFile(filepath.Join(project, "uv.toml"), []byte("allow-insecure-host = [\"a.example\", \""+host+"\"]\n"), 0o600)
			case "PIP_TRUSTED_HOST", "UV_INSECURE_HOST":
				env[name] = "a.example " + host
			case "":
			default:
				env[name], env["PIP_CONFIG_FILE"] = ca, os.DevNull // which keeps the machine's own file out
			}
			if err := os.WriteFile(conf, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Discover(Settings{}, Settings{}, project, env.get)
			if err != nil {
				t.Fatal(err)
			}
			b.use(s)
			b.client.http = newHTTPClient(b.client.limits, &b.client.settings.Network)
			d := b.distribution(demoName)
			d.File.URL = server.URL + "/" + demoName
			_, err = b.client.Fetch(t.Context(), []resolve.Distribution{d})
			if wrong := name == "" || name == "another trusted host"; wrong != (err != nil) {
				t.Errorf("got %v", err)
			}
			insecure := strings.Contains(name, "rusted") && name != "another trusted host" || strings.Contains(strings.ToLower(name), "insecure") || strings.Contains(name, "TRUSTED")
			if warned := strings.Contains(b.messages(event.Warn), "not verified"); warned != insecure {
				t.Errorf("warned of a certificate that is not checked: %v", warned)
			}
		})
	}
}

// TestProxies: all the places where a proxy can be named.
func TestProxies(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "PIP_PROXY", "proxy", "http-proxy", "NO_PROXY"} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			through := ""
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				through = r.URL.String()
				w.Write(b.content(demoName))
			}))
			defer proxy.Close()
			project, conf := t.TempDir(), filepath.Join(t.TempDir(), "pip.conf")
			env, content := environment{"PIP_CONFIG_FILE": conf}, ""
			switch name {
			case "proxy":
				content = "[global]\nproxy = " + proxy.URL + "\n"
			case "http-proxy":
				os.WriteFile(filepath.Join(project, "uv.toml"), []byte("http-proxy = \""+proxy.URL+"\"\n"), 0o600)
			case "NO_PROXY":
				env["ALL_PROXY"], env[name] = proxy.URL, ".invalid"
			default:
				env[name] = proxy.URL
			}
			if err := os.WriteFile(conf, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Discover(Settings{}, Settings{}, project, env.get)
			if err != nil {
				t.Fatal(err)
			}
			b.use(s)
			b.client.http = newHTTPClient(b.client.limits, &b.client.settings.Network)
			d := b.distribution(demoName)
			d.File.URL = "http://index.invalid/" + demoName
			_, err = b.client.Fetch(t.Context(), []resolve.Distribution{d})
			if (through != "") == (name == "NO_PROXY") || (err == nil) == (name == "NO_PROXY") {
				t.Errorf("through the proxy: %q; %v", through, err)
			}
		})
	}
}

// TestUnusableNetwork: what cannot be followed is refused, once a request is made that needs it.
// As with pip, http needs no certificates.
func TestUnusableNetwork(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.pem")
	os.WriteFile(empty, []byte("nothing"), 0o600)
	for _, n := range []Network{
		{CA: Option{filepath.Join(dir, "absent.pem"), "PIP_CERT"}}, {CA: Option{empty, "cert in pip.conf"}}, {CA: Option{dir, "cert in pip.conf"}},
		{ClientCert: Option{empty, "client-cert in pip.conf"}}, {Proxy: Option{"socks4://u:s3cret@h:1", "PIP_PROXY"}}, {Proxy: Option{"http://u:s3%zzcret@h", "proxy in pip.conf"}},
		{HTTPProxy: Option{"ftp://h", "http-proxy in uv.toml"}},
	} {
		b := newBench(t)
		b.use(Settings{URL: strings.Replace(b.index.Index, "http:", "https:", 1), Network: n})
		b.client.http = newHTTPClient(b.client.limits, &n)
		_, err := b.client.Find(t.Context(), b.pinned(demoName))
		if catalogue.KindOf(err) != fault.Usage || strings.Contains(err.Error(), "s3cret") || b.index.Count("/") != 0 {
			t.Errorf("%+v: %v", n, err)
		}
		b.client.settings.URL = b.index.Index
		_, err = b.client.Find(t.Context(), b.pinned(demoName))
		if certificates := n.CA.Value+n.ClientCert.Value != ""; certificates != (err == nil) {
			t.Errorf("%+v, by http: %v", n, err)
		}
	}
	var none Network
	if c, err := none.tls(); err != nil || c != (*tls.Config)(nil) && os.Getenv("SSL_CERT_FILE") == "" {
		t.Errorf("the zero value: %v, %v", c, err)
	}
}
