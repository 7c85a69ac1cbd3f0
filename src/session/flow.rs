//! Reading and not reading: pausing, and a stream that says nothing.

use super::command::{Command, RequestId, Timer};
use super::failure::Code;
use super::{Millis, Phase, Session};

impl Session {
    pub(super) fn pause(&mut self) {
        if self.paused {
            return;
        }
        self.paused = true;
        if self.must_not_lag() {
            self.let_go();
        }
        match self.phase {
            Phase::Streaming { request, .. } => {
                self.stop_flow(request);
                self.commands.push_back(Command::ClearTimer(Timer::Idle));
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
        if let Phase::Streaming { request, .. } = self.phase {
            self.commands.push_back(Command::Resume(request));
            self.watch_silence(self.config.idle_timeout);
            self.tell_state();
        }
        self.come_back();
        if self.phase == Phase::Resting {
            // For another reason: it is not the pause any more that is waited for.
            self.tell_state();
        }
    }

    pub(super) fn stalled(&mut self) {
        self.stalled = true;
        if self.must_not_lag() {
            self.let_go();
        }
    }

    pub(super) fn flowing(&mut self) {
        self.stalled = false;
        self.come_back();
    }

    /// Nothing of the stream is wanted now, it would pile up here, and it can be had again from where it was left.
    pub(super) fn must_not_lag(&self) -> bool {
        (self.paused || self.stalled) && !self.config.back_pressure && self.resumable && !self.fresh
    }

    /// A stream has begun, and the application may have paused before that.
    pub(super) fn let_flow(&mut self, request: RequestId) {
        if self.must_not_lag() {
            self.rest();
            return;
        }
        if self.paused {
            self.stop_flow(request);
        } else {
            self.watch_silence(self.config.idle_timeout);
        }
        self.commands.push_back(Command::Read(request));
    }

    fn stop_flow(&mut self, request: RequestId) {
        self.commands.push_back(Command::Pause(request));
        self.tell_state();
    }

    pub(super) fn last_byte(&mut self, now: Millis, span: Millis) {
        if let Phase::Streaming { heard, .. } = &mut self.phase {
            *heard = now.saturating_sub(span);
        }
    }

    fn watch_silence(&mut self, span: Millis) {
        if self.config.idle_timeout > 0 {
            self.commands.push_back(Command::SetTimer(Timer::Idle, span));
        }
    }

    /// However late this is said (timers stand still while a computer sleeps), it is the silence itself that counts.
    pub(super) fn silence(&mut self, now: Millis, span: Millis) {
        self.last_byte(now, span);
        if !matches!(self.phase, Phase::Streaming { .. }) || self.paused || self.config.idle_timeout == 0 {
            return;
        }
        match self.config.idle_timeout.checked_sub(span) {
            None | Some(0) => self.failed(now, Code::Idle),
            Some(rest) => self.watch_silence(rest),
        }
    }
}
