use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

fn main() -> std::io::Result<()> {
    for stream in TcpListener::bind("0.0.0.0:8080")?.incoming() {
        let mut stream = stream?;
        let lines = BufReader::new(&stream).lines();
        lines
            .map_while(Result::ok)
            .take_while(|it| !it.is_empty())
            .for_each(drop);
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nhello from rust\n")?;
    }
    Ok(())
}
