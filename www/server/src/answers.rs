//! What the chat says: a few short texts, chosen by the words of the message. They are written here and not
//! generated, so the same question has the same answer on every machine and after every restart.

use std::collections::HashSet;

/// As much of the user's message as the default answer quotes, in characters.
const QUOTED: usize = 120;

struct Topic {
    words: &'static [&'static str],
    text: &'static str,
}

/// Earlier topics win: a message about a poem on Rust is about the poem.
const TOPICS: [Topic; 6] = [
    Topic {
        words: &["poem", "poems", "poetry", "poésie", "haiku", "verse", "gedicht", "诗"],
        text: "Here is a small one, for a line that drops and comes back:\n\n\
            The river spoke in single words,\n\
            and I, a stone, remembered each;\n\
            when winter cut the voice in two\n\
            I held the last it put in reach.\n\n\
            Then thaw. I said: “I heard you through\n\
            to here.” It neither sighed nor stirred,\n\
            but laid beside the word I knew\n\
            the next, and not another, word.\n\n\
            If you prefer an older voice, 李白 needs only five characters a line: 床前明月光. Moonlight before the \
            bed, and the whole night is already there. 🌙",
    },
    Topic {
        words: &["jwt", "token", "tokens", "login", "auth", "authentication", "authorization", "bearer", "401"],
        text: "You are reading this thanks to a token. When you logged in, the server gave you two: an access token, \
            good for about a minute, and a refresh token, good for longer but only once.\n\n\
            The access token is a JWT, a signed note that says who you are and until when to believe it. The server \
            keeps no list of them; it checks the signature and the clock. That is why such a token should be \
            short-lived: it cannot be taken back.\n\n\
            A stream can outlive its token by hours, and that is fine, because the server checks headers only when a \
            request begins. The trouble starts with the reconnection. A client that sends yesterday's header again gets \
            a 401 for ever; this one builds its headers again for each attempt. Try it: expire the tokens, drop the \
            stream, and watch. 🔑",
    },
    Topic {
        words: &["reconnect", "reconnects", "reconnection", "offline", "network", "backoff", "retry", "resume", "lost"],
        text: "Pull the plug while I am typing this sentence. I mean it: there is a switch for it on this page, and \
            nothing you will have read is going to be repeated.\n\n\
            Each piece of this answer carries an id. When the connection breaks, the client keeps the last one it saw \
            and sends it along with the next request, in a header called Last-Event-ID. The server looks it up and \
            continues from there, in the middle of a sentence if necessary.\n\n\
            Between attempts the client waits, a little longer each time, and never exactly as long as its neighbours. \
            A thousand clients that return in the same second are no relief to a server that has just stood up again; \
            a thousand that straggle in over half a minute are hardly noticed. Déjà vu is for people, not for \
            streams. 🔌",
    },
    Topic {
        words: &["rust", "wasm", "webassembly", "memchr", "simd", "performance", "fast"],
        text: "The letters you see were found by Rust. The browser hands each chunk of the response to a small \
            WebAssembly module, which looks for line ends sixteen bytes at a time and never reads a byte twice.\n\n\
            What it does not do is just as important. Crossing from JavaScript to wasm is cheap, but making a string on \
            the way is not, so the module returns no strings at all. It fills a table of numbers: here the data begins, \
            there it ends, this is the type. JavaScript decodes the chunk once and cuts the pieces out of it.\n\n\
            The naïve design, one call and two strings per event, was several times slower than plain JavaScript. \
            Good tools do not replace thinking about the border between them. 🦀",
    },
    Topic {
        words: &["sse", "eventsource", "event", "events", "stream", "streams", "streaming", "websocket", "fetch"],
        text: "Server-sent events are perhaps the most modest protocol on the web: a response that does not end. Each \
            event is a few lines of text, a name, an id, some data, and then an empty line.\n\n\
            Browsers have had EventSource for it since 2011. It reconnects by itself and remembers where it was, \
            which is more than most hand-written sockets do. But it only knows GET, it sends no header of yours, and it \
            keeps the reason for a failure to itself.\n\n\
            A chat needs a POST with a body and a token, and wants to be stopped in the middle of a sentence. So this \
            page reads the same protocol through fetch. You get the old manners, ids and reconnection times \
            included, with everything a request can do. In Chinese it is called 服务器推送事件, and it works just as \
            well there. ✨",
    },
    Topic {
        words: &["hello", "hi", "hey", "hallo", "bonjour", "hola", "ciao", "你好", "salut"],
        text: "Hello, bonjour, 你好! 👋 I am the demo's chat, a handful of prepared paragraphs with good manners. I \
            cannot think, but I can be interrupted: press stop whenever you like, or pull the plug on the server and \
            see where I continue when it is back.\n\n\
            I have something to say about server-sent events, about Rust and wasm, about reconnection, and about \
            tokens. I also keep a poem for those who ask. Anything else I will quote back to you with a straight face, \
            one word at a time.",
    },
];

/// The answer to a message; always the same for the same message.
pub(crate) fn answer(message: &str) -> String {
    let message = message.trim();
    let lower = message.to_lowercase();
    let words: HashSet<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    // Chinese is written without spaces, so its words are looked for anywhere.
    let says = |word: &&str| if word.starts_with(is_ideograph) { lower.contains(*word) } else { words.contains(*word) };

    let topic = TOPICS.iter().find(|topic| topic.words.iter().any(says));
    topic.map_or_else(|| default_answer(message), |topic| topic.text.to_owned())
}

fn default_answer(message: &str) -> String {
    let mut quote: String = message.chars().take(QUOTED).collect();
    if quote.len() < message.len() {
        quote.push('…');
    }
    format!(
        "You wrote: “{quote}” I have read it twice and still have no opinion, which is a café philosopher's luxury \
         and a demo server's fate.\n\n\
         What I can do is type. Each word you see left the server as an event of its own, some milliseconds after the \
         one before, and was put on the page the moment it arrived. The cursor is not an animation of waiting; it \
         stands where the text really ends. If you press stop, the request is cancelled, and the server notices \
         at once that you have stopped listening.\n\n\
         For something of more substance, ask me about server-sent events, Rust and wasm, reconnection or tokens. Or \
         ask for a poem. 谢谢, and thank you for your patience. 🙂"
    )
}

/// Cuts a text into tokens: each word takes the space before it along, and each ideograph stands alone. Put together
/// again they are the text.
pub(crate) fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut previous = ' ';
    for (index, c) in text.char_indices() {
        let new_word = c.is_whitespace() && !previous.is_whitespace();
        if index > start && (new_word || is_ideograph(c)) {
            tokens.push(&text[start..index]);
            start = index;
        }
        previous = c;
    }
    if start < text.len() {
        tokens.push(&text[start..]);
    }
    tokens
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_answers() -> Vec<String> {
        let longest_quote = "sehr lang ".repeat(50);
        let topics = TOPICS.iter().map(|topic| topic.text.to_owned());
        topics.chain([default_answer("short"), default_answer(&longest_quote)]).collect()
    }

    #[test]
    fn answers_are_neither_curt_nor_endless() {
        for answer in all_answers() {
            let count = tokens(&answer).len();
            assert!((60..=180).contains(&count), "{count} tokens: {answer}");
        }
    }

    #[test]
    fn tokens_put_together_are_the_answer() {
        for answer in all_answers() {
            assert_eq!(tokens(&answer).concat(), answer);
        }
    }

    #[test]
    fn words_keep_the_space_before_them_and_ideographs_stand_alone() {
        assert_eq!(tokens("Ja, 你好!\n\nOui"), ["Ja,", " ", "你", "好!", "\n\nOui"]);
    }

    #[test]
    fn the_topic_is_chosen_by_the_words_of_the_message() {
        assert!(answer("What is SSE?").starts_with("Server-sent events"));
        assert!(answer("A haiku about Rust, please").starts_with("Here is a small one"));
        assert!(answer("请写一首诗").starts_with("Here is a small one"));
        assert!(answer("Where is my bearer token?").starts_with("You are reading this thanks to a token"));
    }

    #[test]
    fn what_the_chat_knows_nothing_about_is_quoted() {
        assert!(answer(" What about frösche? ").contains("“What about frösche?”"));
    }
}
