/** What `GET /` answers. */
export const PAGE = `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <title>Chat</title>
  <h1>Chat</h1>
  <form><input autofocus autocomplete="off" maxlength="1000" aria-label="Message"> <button>Send</button></form>
  <ul></ul>
  <script>
    const list = document.querySelector("ul");
    const input = document.querySelector("input");
    const say = (text) => {
      const item = document.createElement("li");
      item.textContent = text;
      list.prepend(item);
    };
    const url = new URL("/chat", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    let socket;
    const connect = () => {
      socket = new WebSocket(url);
      socket.onmessage = ({ data }) => {
        const { from, text } = JSON.parse(data);
        say(from + ": " + text);
      };
      socket.onclose = () => setTimeout(connect, 1000);
    };
    connect();
    document.querySelector("form").onsubmit = (event) => {
      event.preventDefault();
      socket.send(input.value);
      input.value = "";
    };
  </script>
</html>
`;
