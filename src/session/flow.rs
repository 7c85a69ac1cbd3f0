//! Reading and not reading: pausing, and a stream that says nothing.

use super::command::{Command, RequestId, Timer};
use super::failure::Code;
use super::{Millis, Phase, Session};

/// A timer that is so late is no proof of silence. It is asked once more, after as long.
const HASTE: Millis = 100;

impl Session {
    pub(super) fn pause(&mut self) {
        if self.paused {
            return;
        }
        self.paused = true;
        match self.phase {
            Phase::Streaming { request, .. } => {
                self.stop_flow(request);
                self.commands.push(Command::ClearTimer(Timer::Idle));
            }
            Phase::Resting => self.tell_state(),
            _ => {}
        }
    }

    pub(super) fn resume(&mut self) {
        if !self.paused {
            return;
        }
        self.paused = false;
        self.overflowed = false;
        self.doubted = None;
        if let Phase::Streaming { request, .. } = self.phase {
            self.commands.push(Command::Resume(request));
            self.watch_silence(self.config.idle_timeout);
            self.tell_state();
        }
        self.come_back();
        if matches!(self.phase, Phase::Resting) {
            // For another reason: it is not the pause any more that is waited for.
            self.tell_state();
        }
    }

    pub(super) fn overflowed(&mut self) {
        self.overflowed = matches!(self.phase, Phase::Streaming { .. });
        if self.is_flooded() {
            self.let_go();
        }
    }

    pub(super) fn flowing(&mut self) {
        // While it is paused, that is what has to end.
        self.overflowed &= self.paused;
        self.come_back();
    }

    /// The buffer is full, and the rest of the stream can be requested again after the last event delivered. A POST is never
    /// repeated for this, because its stream has not failed.
    pub(super) fn is_flooded(&self) -> bool {
        self.overflowed && self.config.idempotent && self.resumable && self.may_send_again()
    }

    /// A stream has begun, and the application may have paused before that.
    pub(super) fn let_flow(&mut self, request: RequestId) {
        self.overflowed = false;
        self.doubted = None;
        if self.paused {
            self.stop_flow(request);
        } else {
            self.watch_silence(self.config.idle_timeout);
        }
        self.commands.push(Command::Read(request));
    }

    fn stop_flow(&mut self, request: RequestId) {
        self.commands.push(Command::Pause(request));
        self.tell_state();
    }

    pub(super) fn last_byte(&mut self, span: Millis) {
        if let Phase::Streaming { heard, .. } = &mut self.phase {
            *heard = self.now.saturating_sub(span);
        }
    }

    fn watch_silence(&mut self, span: Millis) {
        if self.config.idle_timeout > 0 {
            self.commands.push(Command::SetTimer(Timer::Idle, span));
        }
    }

    /// However late this is said (timers stand still while a computer sleeps), it is the silence itself that counts.
    pub(super) fn silence(&mut self, span: Millis) {
        self.last_byte(span);
        if !matches!(self.phase, Phase::Streaming { .. }) || self.paused || self.config.idle_timeout == 0 {
            return;
        }
        let Some(excess) = span.checked_sub(self.config.idle_timeout) else {
            self.doubted = None;
            return self.watch_silence(self.config.idle_timeout - span);
        };
        // Found out late: the page or the computer has been busy or asleep, and what has come meanwhile may not have been
        // read yet.
        let doubted = self.doubted.or((excess >= HASTE).then_some(self.now));
        match doubted.map_or(0, |since| since.saturating_add(HASTE).saturating_sub(self.now).min(HASTE)) {
            0 => self.failed(Code::Idle, true),
            rest => {
                self.doubted = doubted;
                self.watch_silence(rest);
            }
        }
    }
}
